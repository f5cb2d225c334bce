# Multiple imputation of a Cox model by mice 3.15, many times, so that its own error is small; Rubin's rules by mice.
# Run: Rscript tests/reference/imputation.R. Reads data_lung.csv; writes data_missing.csv, imputation.csv, rubin.csv beside itself.
suppressMessages({library(survival); library(mice)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1])); set.seed(5)
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
d <- read.csv(file.path(here, "data_lung.csv"))[c("time", "event", "x", "group")]; n <- nrow(d)
d$ecog <- cut(rnorm(n) + (d$x - 60) / 15 - (d$time - 300) / 400, c(-Inf, -0.5, 0.7, Inf), labels = 0:2)
d$x[runif(n) < plogis(-1.2 + 0.6 * d$group)] <- NA # missing by what is known
d$group2 <- factor(ifelse(runif(n) < plogis(-1.4 + 0.8 * d$event), NA, d$group)); d$ecog[runif(n) < 0.2] <- NA; d$group <- NULL
out(d, "data_missing.csv")
d$hazard <- nelsonaalen(d, time, event); m <- 400
method <- make.method(d); method["x"] <- "pmm"; method["group2"] <- "logreg"; method["ecog"] <- "polyreg"; p <- make.predictorMatrix(d); p[, "time"] <- 0
i <- mice(d, m = m, maxit = 10, method = method, predictorMatrix = p, printFlag = FALSE, seed = 3)
f <- with(i, coxph(Surv(time, event) ~ x + group2 + ecog)); s <- summary(pool(f, dfcom = sum(d$event) - 4))
each <- sapply(f$analyses, coef); w <- sapply(f$analyses, function(a) diag(vcov(a)))
a <- coxph(Surv(time, event) ~ x + group2 + ecog, d)
out(data.frame(term = s$term, coef = s$estimate, se = s$std.error, error = apply(each, 1, sd) / sqrt(m), complete = coef(a), complete_se = sqrt(diag(vcov(a)))), "imputation.csv")
u <- pool.scalar(each[1, 1:5], w[1, 1:5], n = 60, k = 4)
out(data.frame(name = c(paste0("coef", 1:5), paste0("variance", 1:5), "qbar", "t", "df", "fmi"), value = format(c(each[1, 1:5], w[1, 1:5], u$qbar, u$t, u$df, u$fmi), digits = 15)), "rubin.csv")
