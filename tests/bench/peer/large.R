# R's part of bench_large.py. Rscript large.R FOLDER N RUNS SLOW: reads FOLDER/registry.bin (n rows, column by column,
# doubles), prints "work,seconds,value"; the value is compared with ours.
suppressMessages(library(survival))
said <- commandArgs(TRUE); n <- as.integer(said[2]); runs <- as.integer(said[3]); slow <- said[4] == "1"
names <- scan(file.path(said[1], "names.txt"), "", quiet = TRUE)
d <- as.data.frame(matrix(readBin(file.path(said[1], "registry.bin"), "double", n * length(names)), n)); names(d) <- names
x <- as.matrix(d[, grep("^x", names)])
timed <- function(work, f, times = runs) {
  seconds <- sapply(seq_len(times), function(i) { gc(FALSE); system.time(value <<- f())[3] })
  cat(work, sort(seconds)[times %/% 2 + 1], format(value, digits = 15), sep = ","); cat("\n")
}
if (n > 200) {
  timed("Kaplan-Meier", function() min(survfit(Surv(time, event) ~ group, d)$surv))
  timed("log-rank", function() survdiff(Surv(time, event) ~ group, d)$chisq)
  timed("Cox, 8 covariates", function() coef(coxph(Surv(d$time, d$event) ~ x))[[1]])
  timed("Cox, 8 covariates, ties", function() coef(coxph(Surv(d$week, d$event) ~ x))[[1]])
  if (n < 1e6 || slow) timed("Cox, weighted robust", times = if (n < 1e5) runs else 1, function()
    sqrt(coxph(Surv(time, event) ~ group, d, weights = weight, robust = TRUE)$var[1, 1]))
} else {
  m <- d[1:100, ]; set.seed(1)
  timed("permutation log-rank, 10,000", times = 1, function() { s <- survdiff(Surv(time, event) ~ group, m)$chisq
    mean(replicate(10000, { m$group <- sample(m$group); survdiff(Surv(time, event) ~ group, m)$chisq }) >= s - 1e-9) })
  timed("IPTW bootstrap, 2,000", times = 1, function() sd(replicate(2000, { b <- d[sample(n, n, TRUE), ]
    p <- fitted(glm(group ~ x1 + x2 + x3 + x4 + x5, binomial, b)); b$w <- ifelse(b$group == 1, 1 / p, 1 / (1 - p))
    coef(coxph(Surv(time, event) ~ group, b, weights = w)) })))
}
