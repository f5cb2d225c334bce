# The power of the log-rank test where the arms differ from three months on alone, by drawing: survdiff in 4,000 trials.
# Run: Rscript tests/reference/delayed.R. Writes delayed.csv beside itself.
suppressMessages(library(survival)); set.seed(11)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
n <- 200; arm <- rep(0:1, n / 2); rate <- log(2) / 6; ratio <- 0.6; delay <- 3
one <- function(i) {
  t <- rexp(n, rate); late <- arm == 1 & t > delay; t[late] <- delay + (t[late] - delay) / ratio
  end <- 12 + runif(n, 0, 24); s <- survdiff(Surv(pmin(t, end), t <= end) ~ arm); c(sqrt(s$chisq) * sign(s$obs[1] - s$exp[1]), sum(t <= end))
}
z <- sapply(1:4000, one)
write.csv(data.frame(name = c("power", "z", "events"), value = c(mean(z[1, ] >= qnorm(0.975)), mean(z[1, ]), mean(z[2, ]))), file.path(here, "delayed.csv"), row.names = FALSE, quote = FALSE)
