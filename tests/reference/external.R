# One arm beside a published one, by base R and survival: one-sample log-rank, weights by optim, weighted Cox model and curves.
# Run: Rscript tests/reference/external.R. Reads data_external_own.csv, data_external_control.csv; writes external.csv beside itself.
# The data are the synthetic example of the package maicplus 0.1.2.9000 (adsl_sat, adtte_sat, pseudo_ipd_sat; Apache License 2.0). The
# column `maicplus` holds the scaled weights of its estimate_weights(), for AGE, AGE_SQUARED, SEX_MALE, ECOG0, SMOKE and N_PR_THER_MEDIAN.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
own <- read.csv(file.path(here, "data_external_own.csv")); control <- read.csv(file.path(here, "data_external_control.csv"))
rows <- NULL; keep <- function(name, value) rows <<- rbind(rows, data.frame(name = name, value = unname(value)))
one <- function(name, d, s) {
  t <- survdiff(Surv(time, event) ~ offset(s), d); p <- poisson.test(t$obs, t$exp)
  for (k in c("obs", "exp", "chisq")) keep(paste(name, k), t[[k]])
  keep(paste(name, "p"), p$p.value); keep(paste(name, "low"), p$conf.int[1]); keep(paste(name, "high"), p$conf.int[2] / 1)
}
one("median", own, exp(-log(2) / 300 * own$time)); one("rate", own, 0.4^(own$time / 365))
f <- survfit(Surv(time, event) ~ 1, control); end <- max(f$time[f$surv > 0])
cut <- transform(own, event = event * (time <= end), time = pmin(time, end)); one("curve", cut, summary(f, times = cut$time, extend = TRUE)$surv[rank(cut$time, ties.method = "first")])
few <- head(own, 13); one("few", few, exp(-log(2) / 400 * few$time))
z <- with(own, cbind(age - 51, age^2 - (51^2 + 3.25^2), male - 147 / 300, ecog0 - 105 / 300, smoke - 58 / 300, (prior > 2) - 0.5))
z <- z / rep(apply(z, 2, sd), each = nrow(z)); sum_exp <- function(a) sum(exp(z %*% a)); slope <- function(a) colSums(c(exp(z %*% a)) * z)
a <- optim(rep(0, 6), sum_exp, slope, method = "BFGS", control = list(maxit = 1000, reltol = 1e-16))$par
for (i in 1:30) { e <- c(exp(z %*% a)); a <- a - solve(t(z) %*% (z * e), colSums(e * z)) }
w <- c(exp(z %*% a)); w <- w / mean(w); keep("size", sum(w)^2 / sum(w^2))
d <- rbind(data.frame(own[c("time", "event")], arm = 1, w = w), data.frame(control, arm = 0, w = 1))
for (kind in c("plain", "weighted")) {
  v <- if (kind == "plain") rep(1, nrow(d)) else d$w; m <- coxph(Surv(time, event) ~ arm, d, weights = v, robust = TRUE)
  read <- function(g) { s <- survfit(Surv(time, event) ~ 1, d[d$arm == g, ], weights = v[d$arm == g]); c(summary(s, times = 180)$surv, summary(s, rmean = 400)$table["rmean"]) }
  keep(paste(kind, "coef"), coef(m)); keep(paste(kind, "share"), read(1)[1] - read(0)[1]); keep(paste(kind, "mean"), read(1)[2] - read(0)[2])
}
rows$value <- format(rows$value, digits = 15, trim = TRUE); write.csv(rows, file.path(here, "external.csv"), row.names = FALSE, quote = FALSE)
write.csv(data.frame(weight = format(w, digits = 12)), file.path(here, "external_weights.csv"), row.names = FALSE, quote = FALSE)
