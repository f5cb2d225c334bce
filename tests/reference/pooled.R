# A Cox model and a log-rank test stratified by centre, for the sums of centres. Run: Rscript tests/reference/pooled.R
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
d <- na.omit(read.csv(file.path(here, "data_lung.csv")))
d$centre <- (seq_len(nrow(d)) - 1) %% 8
fit <- coxph(Surv(time, event) ~ group + x + strata(centre), d, ties = "efron", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
test <- survdiff(Surv(time, event) ~ group + strata(centre), d)
out <- data.frame(term = c("x1", "x2", "log-rank"), coef = c(coef(fit), test$chisq), se = c(sqrt(diag(vcov(fit))), NA))
options(digits = 15); write.csv(out, file.path(here, "pooled_cox.csv"), row.names = FALSE, quote = FALSE)
