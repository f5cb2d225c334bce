# Stratified and weighted tests, milestones and the Fine-Gray model from R survival. Run: Rscript tests/reference/rank_tests.R
# Reads data_lung.csv, data_veteran.csv, data_competing_*.csv; writes rank_tests.csv, milestones.csv, fine_gray.csv beside itself.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
tests <- NULL; milestones <- NULL; models <- NULL
for (name in c("lung", "veteran")) {
  d <- read.csv(file.path(here, paste0("data_", name, ".csv")))
  d$group <- as.integer(d$group > 0); d$stratum <- as.integer(d$x > median(d$x))
  for (rho in c(0, 0.5, 1)) {
    s <- survdiff(Surv(time, event) ~ group, d, rho = rho)
    tests <- rbind(tests, data.frame(set = name, kind = "plain", rho, statistic = s$chisq, excess = s$obs[2] - s$exp[2]))
    s <- survdiff(Surv(time, event) ~ group + strata(stratum), d, rho = rho)
    tests <- rbind(tests, data.frame(set = name, kind = "stratified", rho, statistic = s$chisq, excess = sum(s$obs[2, ] - s$exp[2, ])))
  }
  at <- as.numeric(quantile(d$time, c(0.3, 0.6)))
  for (t in at) {
    f <- summary(survfit(Surv(time, event) ~ group, d), times = t)
    v <- (f$std.err / f$surv)^2
    chi <- diff(log(-log(f$surv)))^2 / sum(v / log(f$surv)^2)
    milestones <- rbind(milestones, data.frame(set = name, time = t, difference = diff(f$surv), se = sqrt(sum(f$std.err^2)), p = pchisq(chi, 1, lower.tail = FALSE)))
  }
}
for (name in c("drawn", "mgus", "small")) {
  d <- read.csv(file.path(here, paste0("data_competing_", name, ".csv")))
  d$id <- seq_len(nrow(d)); d$cause <- factor(d$cause); d$one <- as.integer(d$group > 0)
  f <- finegray(Surv(time, cause) ~ one + id, d, etype = "1")
  m <- coxph(Surv(fgstart, fgstop, fgstatus) ~ one, f, weights = fgwt, cluster = id)
  models <- rbind(models, data.frame(set = name, coef = unname(coef(m)), se = sqrt(m$var[1, 1])))
}
out(tests, "rank_tests.csv"); out(milestones, "milestones.csv"); out(models, "fine_gray.csv")
