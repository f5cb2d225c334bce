# Cumulative incidence and Gray's test from R cmprsk (Debian r-cran-cmprsk). Run: Rscript tests/reference/competing.R
# Reads nothing; writes data_competing_*.csv, incidence.csv and gray.csv beside itself. cause 0 is censored.
suppressMessages({library(survival); library(cmprsk)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
set.seed(5)
n <- 90
drawn <- data.frame(time = ceiling(rexp(n, 0.08)), cause = sample(0:3, n, TRUE, c(0.25, 0.45, 0.2, 0.1)), group = sample(0:2, n, TRUE))
mgus <- with(mgus2[seq(1, nrow(mgus2), 7), ], data.frame(time = ifelse(pstat == 1, ptime, futime) + 0.5, cause = ifelse(pstat == 1, 1, 2 * death), group = as.integer(sex) - 1))
small <- data.frame(time = c(0.9, 1.32, 1.68, 2.03, 2.27, 2.57, 2.9, 3.06, 4.3, 5.23, 6.14, 9.4, 20.1), cause = c(1, 2, 1, 1, 1, 2, 1, 1, 0, 0, 1, 2, 0), group = c(1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0))
ended <- data.frame(time = c(1, 1, 2, 2, 3, 4, 4, 5, 6, 7), cause = c(1, 2, 1, 1, 2, 1, 2, 1, 1, 1), group = rep(0:1, 5))
sets <- list(drawn = drawn, mgus = mgus, small = small, ended = ended)
incidence <- NULL; gray <- NULL
for (name in names(sets)) {
  d <- sets[[name]]; out(d, paste0("data_competing_", name, ".csv"))
  whole <- cuminc(d$time, d$cause, cencode = 0)
  times <- unname(quantile(d$time, c(0.1, 0.3, 0.5, 0.8)))
  at <- timepoints(whole, times)
  for (i in seq_len(nrow(at$est))) incidence <- rbind(incidence, data.frame(set = name, cause = as.integer(sub(".* ", "", rownames(at$est)[i])), time = times, estimate = unname(at$est[i, ]), variance = unname(at$var[i, ])))
  test <- cuminc(d$time, d$cause, d$group, cencode = 0)$Tests
  gray <- rbind(gray, data.frame(set = name, cause = as.integer(rownames(test)), statistic = test[, 1], p = test[, 2], df = test[, 3]))
}
incidence$low <- with(incidence, estimate^exp(-qnorm(0.975) * sqrt(variance) / (estimate * log(estimate))))
incidence$high <- with(incidence, estimate^exp(qnorm(0.975) * sqrt(variance) / (estimate * log(estimate))))
out(incidence, "incidence.csv"); out(gray, "gray.csv")
