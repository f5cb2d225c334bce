# How far a log-rank statistic lies from the Wald statistic of Cox's model without strata, by R's survival: the least
# and greatest difference of their sizes in cohorts whose Wald statistic is within 0.15 of z. strata > 1: stratified, of
# proportional hazards; strata 1: of Weibull times of shapes 0.7 and 2.5, seen at visits (in shares of the scale).
# Rscript tests/reference/log_rank_beside_cox.R > tests/reference/log_rank_beside_cox.csv
suppressMessages(library(survival))
cases <- list(c(55, 33, 54, 0.77, 0.81), c(100, 100, 120, 2.0, 0.69))
seen <- list(c(332, 334, 551, 1.65, 1.16, 0.45), c(60, 60, 90, 1.5, 1.3, 0.6))
apart <- function(case, draw) {
  n1 <- case[1]; n0 <- case[2]; group <- rep(1:0, c(n1, n0)); found <- c(); tried <- 0
  while (length(found) < 200 && tried < 4000) {
    tried <- tried + 1
    drawn <- draw(group); time <- drawn$time; end <- sort(time)[case[3]]; event <- as.integer(time <= end)
    time <- pmin(time, end); fit <- coxph(Surv(time, event) ~ group); wald <- abs(coef(fit)) / sqrt(vcov(fit)[1])
    if (abs(wald - case[4]) > 0.15) next
    found <- c(found, sqrt(survdiff(Surv(time, event) ~ group + strata(drawn$stratum))$chisq) - wald)
  }
  paste(c(round(range(found), 4), length(found)), collapse = ",")
}
cat("n1,n0,events,z,hr,strata,least,most,cohorts\n")
set.seed(20251201)
for (case in cases) for (strata in c(2, 4)) cat(paste(c(case, strata), collapse = ","), ",", apart(case, function(group) {
  stratum <- sample(strata, length(group), TRUE)
  list(time = rexp(length(group)) / (case[5]^group * 2.5^((stratum - 1) / (strata - 1))), stratum = stratum)
}), "\n", sep = "")
for (case in seen) cat(paste(c(case[1:5], 1), collapse = ","), ",", apart(case, function(group) {
  time <- rexp(length(group))^ifelse(group == 1, 0.4, 1 / 0.7)
  list(time = ceiling(time / case[6]), stratum = rep(1, length(group)))
}), "\n", sep = "")
