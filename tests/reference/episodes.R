# Late entry, states that change, strata, from R survival. Run: Rscript tests/reference/episodes.R
# Reads nothing; writes data_episodes_*.csv, episodes_cox.csv, episodes_curve.csv, episodes_tests.csv, episodes_median.csv, episodes_levels.csv beside itself.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
options(digits = 15)
hearts <- with(heart, data.frame(subject = id, start, stop, event, state = as.integer(transplant) - 1, x = age, stratum = as.integer(surgery)))
set.seed(11)
n <- 120
late <- data.frame(subject = 1:n, start = round(runif(n, 0, 8)), stop = 0, event = 0, state = sample(0:2, n, TRUE, c(0.5, 0.3, 0.2)), x = round(rnorm(n), 2), stratum = sample(1:3, n, TRUE))
late$stop <- late$start + ceiling(rexp(n, 0.12 * exp(0.4 * (late$state == 1) + 0.3 * late$x)))
late$event <- as.integer(runif(n) < 0.75)
sets <- list(hearts = hearts, late = late)
cox <- NULL; curves <- NULL; tests <- NULL
for (name in names(sets)) {
  d <- sets[[name]]; out(d, paste0("data_episodes_", name, ".csv"))
  one <- as.integer(d$state == 1); d$one <- one
  fits <- list(state = coxph(Surv(start, stop, event) ~ one, d, control = coxph.control(eps = 1e-12)),
               joint = coxph(Surv(start, stop, event) ~ one + x, d, control = coxph.control(eps = 1e-12)),
               stratified = coxph(Surv(start, stop, event) ~ one + x + strata(stratum), d, control = coxph.control(eps = 1e-12)))
  for (f in names(fits)) cox <- rbind(cox, data.frame(set = name, model = f, term = names(coef(fits[[f]])), coef = unname(coef(fits[[f]])),
    se = unname(sqrt(diag(vcov(fits[[f]])))), loglik0 = fits[[f]]$loglik[1], loglik = fits[[f]]$loglik[2]))
  for (g in sort(unique(d$state))) {
    s <- survfit(Surv(start, stop, event) ~ 1, d[d$state == g, ])
    curves <- rbind(curves, data.frame(set = name, state = g, time = s$time, n_risk = s$n.risk, n_event = s$n.event, survival = s$surv, se_log = s$std.err))
  }
  # the log-rank test is the score test of the Cox model where no two events tie (Efron), so times are made distinct
  e <- d; e$stop <- e$stop + rank(e$stop + seq_along(e$stop) / 1e6) / 1e5
  score <- coxph(Surv(start, stop, event) ~ factor(state), e)$score
  tests <- rbind(tests, data.frame(set = name, kind = "plain", statistic = score, df = length(unique(e$state)) - 1))
  score <- coxph(Surv(start, stop, event) ~ factor(state) + strata(stratum), e)$score
  tests <- rbind(tests, data.frame(set = name, kind = "stratified", statistic = score, df = length(unique(e$state)) - 1))
}
medians <- NULL; levels <- NULL
d <- late; d$start[d$start < 1] <- 1; d <- d[d$stop > d$start, ]
for (g in c(NA, 0:2)) for (type in c("log-log", "log", "plain")) {
  own <- if (is.na(g)) d else d[d$state == g, ]
  q <- quantile(survfit(Surv(start, stop, event) ~ 1, own, conf.type = type), 0.5)
  medians <- rbind(medians, data.frame(state = g, method = type, n = nrow(own), median = unname(q$quantile), low = unname(q$lower), high = unname(q$upper)))
}
whole <- coxph(Surv(start, stop, event) ~ factor(state), d); naive <- coxph(Surv(stop, event) ~ factor(state), d)
levels <- data.frame(level = 1:2, coef = unname(coef(whole)), se = sqrt(diag(vcov(whole))), ignoring = unname(coef(naive)))
out(medians, "episodes_median.csv"); out(levels, "episodes_levels.csv")
out(cox, "episodes_cox.csv"); out(curves, "episodes_curve.csv"); out(tests, "episodes_tests.csv")
