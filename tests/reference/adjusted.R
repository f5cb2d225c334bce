# Arms made alike, by base R and survival alone: weighted curves, entropy balancing by optim, greedy matching, augmented weighting.
# Run: Rscript tests/reference/adjusted.R. Reads data_lung.csv; writes adjusted.csv, adjusted_weights.csv beside itself.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
d <- read.csv(file.path(here, "data_lung.csv")); d$y <- d$x^2 %% 7; n <- nrow(d)
times <- c(180, 360); tau <- 500
score <- fitted(glm(group ~ x + y, binomial, d, control = glm.control(epsilon = 1e-14)))
area <- function(f, tau) { s <- summary(f, rmean = tau)$table; unname(s["rmean"]) }
read <- function(w) {
  one <- function(g) { k <- d$group == g & w > 0; f <- survfit(Surv(time, event) ~ 1, d[k, ], weights = w[k]); c(summary(f, times = times)$surv, area(f, tau)) }
  one(1) - one(0)
}
entropy <- function(x, m) {
  z <- sweep(x, 2, m); dual <- function(b) log(sum(exp(z %*% b)))
  b <- optim(rep(0, ncol(x)), dual, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000))$par
  for (i in 1:50) { w <- exp(z %*% b); w <- c(w / sum(w)); g <- colSums(z * w); H <- t(z) %*% (z * w) - g %*% t(g); b <- b - solve(H, g) }
  w <- exp(z %*% b); c(w / sum(w)) * nrow(x)
}
X <- cbind(d$x / 10, d$y); M <- colMeans(X); e <- rep(1, n)
e[d$group == 1] <- entropy(X[d$group == 1, ], M); e[d$group == 0] <- entropy(X[d$group == 0, ], M)
logit <- qlogis(score); width <- 0.2 * sqrt((var(logit[d$group == 1]) + var(logit[d$group == 0])) / 2)
free <- d$group == 0; m <- rep(0, n); pairs <- 0
for (i in which(d$group == 1)[order(-logit[d$group == 1])]) {
  gap <- ifelse(free, abs(logit - logit[i]), Inf); j <- which.min(gap)
  if (gap[j] <= width) { m[i] <- 1; m[j] <- 1; free[j] <- FALSE; pairs <- pairs + 1 }
}
weights <- list(none = rep(1, n), ATE = ifelse(d$group == 1, 1 / score, 1 / (1 - score)), ATT = ifelse(d$group == 1, 1, score / (1 - score)),
                overlap = ifelse(d$group == 1, 1 - score, score), entropy = e, matched = m)
found <- NULL
for (k in names(weights)) { r <- read(weights[[k]]); found <- rbind(found, data.frame(method = k, first = r[1], second = r[2], mean = r[3], size = sum(weights[[k]])^2 / sum(weights[[k]]^2))) }
whole <- function(d) { f <- survfit(Surv(time, event) ~ 1, d); c(summary(f, times = times)$surv, area(f, tau)) }
all <- whole(d); pseudo <- t(sapply(seq_len(n), function(i) n * all - (n - 1) * whole(d[-i, ])))
part <- function(g, p) { mu <- sapply(1:3, function(j) predict(lm(pseudo[, j] ~ x + y, d, subset = group == g), d)); mu + (d$group == g) / p * (pseudo - mu) }
gain <- part(1, score) - part(0, 1 - score)
found <- rbind(found, data.frame(method = "robust", first = mean(gain[, 1]), second = mean(gain[, 2]), mean = mean(gain[, 3]), size = NA),
               data.frame(method = "robust se", first = sd(gain[, 1]) / sqrt(n), second = sd(gain[, 2]) / sqrt(n), mean = sd(gain[, 3]) / sqrt(n), size = NA))
d$r <- as.integer(d$time %% 3 < 1) # a response of 0 or 1
gain <- local({ part <- function(g, p) { mu <- predict(lm(r ~ x + y, d, subset = group == g), d); mu + (d$group == g) / p * (d$r - mu) }; cbind(part(1, score), part(0, 1 - score)) })
found <- rbind(found, data.frame(method = "response", first = mean(gain[, 1]), second = mean(gain[, 2]), mean = mean(gain[, 1] - gain[, 2]), size = sd(gain[, 1] - gain[, 2]) / sqrt(n)))
out(found, "adjusted.csv"); out(data.frame(entropy = e, matched = m, score = score), "adjusted_weights.csv")
