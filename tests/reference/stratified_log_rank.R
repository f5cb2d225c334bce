# How far the stratified log-rank statistic lies from the Wald statistic of Cox's model without strata, by R's survival:
# the least and greatest difference of their sizes, of proportional hazards whose Wald statistic is within 0.15 of z.
# Rscript tests/reference/stratified_log_rank.R > tests/reference/stratified_log_rank.csv
suppressMessages(library(survival))
cases <- list(c(55, 33, 54, 0.77, 0.81), c(100, 100, 120, 2.0, 0.69))
cat("n1,n0,events,z,hr,strata,least,most,cohorts\n")
for (case in cases) for (strata in c(2, 4)) {
  set.seed(20251201)
  n1 <- case[1]; n0 <- case[2]; events <- case[3]; z <- case[4]; hr <- case[5]
  group <- rep(1:0, c(n1, n0)); apart <- c()
  while (length(apart) < 200) {
    stratum <- sample(strata, n1 + n0, TRUE)
    time <- rexp(n1 + n0) / (hr^group * 2.5^((stratum - 1) / (strata - 1)))
    end <- sort(time)[events]; event <- as.integer(time <= end); time <- pmin(time, end)
    fit <- coxph(Surv(time, event) ~ group); wald <- abs(coef(fit)) / sqrt(vcov(fit)[1])
    if (abs(wald - z) > 0.15) next
    apart <- c(apart, sqrt(survdiff(Surv(time, event) ~ group + strata(stratum))$chisq) - wald)
  }
  cat(paste(c(case, strata, round(range(apart), 4), length(apart)), collapse = ","), "\n", sep = "")
}
