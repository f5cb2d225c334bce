# The shape of a continuous factor and its best cut-point, by base R and survival; maxstat 0.7-25 where it is installed.
# Run: Rscript tests/reference/shape.R. Reads data_lung.csv; writes shape.csv, shape_curve.csv beside itself.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
d <- read.csv(file.path(here, "data_lung.csv")); n <- nrow(d); d$time <- d$time + seq_len(n) / 1000 # no ties, as maxstat needs
rows <- NULL; keep <- function(name, value) rows <<- rbind(rows, data.frame(name = name, value = unname(value)))
basis <- function(x, t) { k <- length(t); p <- function(u) pmax(u, 0)^3
  cbind(x, sapply(1:(k - 2), function(j) (p(x - t[j]) - p(x - t[k - 1]) * (t[k] - t[j]) / (t[k] - t[k - 1]) + p(x - t[k]) * (t[k - 1] - t[j]) / (t[k] - t[k - 1])) / (t[k] - t[1])^2)) }
places <- list(`3` = c(.1, .5, .9), `4` = c(.05, .35, .65, .95), `5` = c(.05, .275, .5, .725, .95)); curves <- NULL
for (k in names(places)) {
  t <- quantile(d$x, places[[k]]); b <- basis(d$x, t); y <- Surv(d$time, d$event); m <- coxph(y ~ b); l <- coxph(y ~ d$x)
  for (j in seq_along(t)) keep(paste(k, "knot", j), t[j])
  for (j in seq_along(coef(m))) { keep(paste(k, "coef", j), coef(m)[j]); keep(paste(k, "se", j), sqrt(vcov(m)[j, j])) }
  keep(paste(k, "overall"), 2 * diff(m$loglik)); keep(paste(k, "nonlinear"), 2 * (m$loglik[2] - l$loglik[2])); keep(paste(k, "linear"), 2 * diff(l$loglik))
  at <- seq(min(d$x), max(d$x), length.out = 9); z <- basis(at, t) - basis(rep(median(d$x), 9), t)
  curves <- rbind(curves, data.frame(knots = k, x = at, middle = z %*% coef(m), se = sqrt(rowSums((z %*% vcov(m)) * z))))
}
o <- order(d$time); a <- numeric(n); a[o] <- d$event[o] - cumsum(d$event[o] / n:1)
search <- function(a, x) { o <- order(x); m <- which(diff(x[o]) > 0); m <- m[m >= 0.1 * n & m <= 0.9 * n]
  s <- abs(cumsum(a[o])[m] - m * mean(a)) / sqrt(var(a) * m * (n - m) / n); c(max(s), m[which.max(s)], length(m)) }
best <- search(a, d$x); keep("cut statistic", best[1]); keep("cut below", best[2]); keep("cut tried", best[3])
set.seed(1); keep("cut p", mean(replicate(20000, search(sample(a), d$x)[1]) >= best[1] - 1e-9))
if (requireNamespace("maxstat", quietly = TRUE)) {
  t <- maxstat::maxstat.test(Surv(time, event) ~ x, d, smethod = "LogRank", pmethod = "Lau92")
  keep("maxstat statistic", t$statistic); keep("maxstat cut", t$estimate); keep("maxstat p", t$p.value)
}
rows$value <- format(rows$value, digits = 15, trim = TRUE); write.csv(rows, file.path(here, "shape.csv"), row.names = FALSE, quote = FALSE)
write.csv(curves, file.path(here, "shape_curve.csv"), row.names = FALSE, quote = FALSE)
