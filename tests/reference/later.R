# A factor that arises later: landmarks and the time-dependent model from R survival. Run: Rscript tests/reference/later.R
# Reads nothing; writes data_later.csv and later.csv beside itself. Death does not depend on the event: the truth is a HR of 1.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE, na = "")
set.seed(8)
n <- 200
time <- round(rexp(n, 0.08) + 0.05, 2); end <- round(runif(n, 6, 36), 2)
onset <- round(rexp(n, 0.12) + 0.01, 2)
d <- data.frame(time = pmin(time, end), event = as.integer(time <= end))
d$onset <- ifelse(onset < d$time, onset, NA)
out(d, "data_later.csv")
row <- function(fit, analysis, at, n, events) data.frame(analysis, at, n, events, coef = unname(coef(fit)), se = sqrt(diag(vcov(fit))))
ever <- as.integer(!is.na(d$onset))
found <- row(coxph(Surv(time, event) ~ ever, d), "ever", NA, n, sum(d$event))
for (at in c(2, 3, 6, 9)) {
  s <- d[d$time > at, ]
  s$state <- as.integer(!is.na(s$onset) & s$onset <= at); s$left <- s$time - at
  found <- rbind(found, row(coxph(Surv(left, event) ~ state, s), "landmark", at, nrow(s), sum(s$event)))
}
d$id <- seq_len(n)
m <- tmerge(d, d, id = id, end = event(time, event), state = tdc(onset))
found <- rbind(found, row(coxph(Surv(tstart, tstop, end) ~ state, m), "time-dependent", NA, n, sum(d$event)))
out(found, "later.csv")
