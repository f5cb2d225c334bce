# Independent numbers for the tests of calibration, from R survival in plain loops. Run: Rscript tests/reference/calibration.R
# Writes calibration.csv beside itself: the groups of the lung data at one year, and the optimism with its error of drawing.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
at <- 365; draws <- 1000
d <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog")])
chance <- function(fit, people) as.numeric(summary(survfit(fit, newdata = people), times = at)$surv)
model <- function(people) coxph(Surv(time, status) ~ age + sex + ph.ecog, people)
seen <- function(people) summary(survfit(Surv(time, status) ~ 1, people, conf.type = "log-log"), times = at, extend = FALSE)
gap <- function(people, p, cuts) sapply(0:length(cuts), function(k) {
  inside <- findInterval(p, cuts) == k
  if (!any(inside) || max(people$time[inside]) < at) return(NA)
  seen(people[inside, ])$surv - mean(p[inside])
})
p <- chance(model(d), d); cuts <- quantile(p, (1:4) / 5); group <- findInterval(p, cuts)
rows <- t(sapply(0:4, function(k) {
  s <- seen(d[group == k, ])
  c(n = sum(group == k), events = sum(d$status[group == k] == 2), predicted = mean(p[group == k]), observed = s$surv,
    low = s$lower, high = s$upper)
}))
set.seed(20260101)
optimism <- replicate(draws, {
  b <- d[sample(nrow(d), replace = TRUE), ]; f <- model(b)
  gap(b, chance(f, b), cuts) - gap(d, chance(f, d), cuts)
})
error <- apply(optimism, 1, function(v) sd(v, na.rm = TRUE) / sqrt(sum(!is.na(v))))
out <- data.frame(signif(rows, 12), optimism = signif(rowMeans(optimism, na.rm = TRUE), 6), error = signif(error, 6))
write.csv(out, file.path(here, "calibration.csv"), row.names = FALSE, quote = FALSE)
