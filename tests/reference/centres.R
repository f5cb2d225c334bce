# Joint Cox models with a centre: as one sample, with the error by centre, stratified, and with a gamma frailty. Writes centres.csv.
# Lung: age per 10, sex, ECOG as levels, of survival's own data; and 4 centres of 40 simulated patients with ties.
library(survival)
rows <- function(set, data, model) {
  data <- data[complete.cases(data), ]
  plain <- coxph(as.formula(paste("Surv(time, event) ~", model)), data, ties = "efron")
  by <- coxph(as.formula(paste("Surv(time, event) ~", model, "+ cluster(centre)")), data, ties = "efron")
  within <- coxph(as.formula(paste("Surv(time, event) ~", model, "+ strata(centre)")), data, ties = "efron")
  shared <- function(variance) coxph(as.formula(paste("Surv(time, event) ~", model, "+ frailty(centre, theta =", variance, ", sparse = FALSE)")),
                                     data, ties = "efron", control = coxph.control(eps = 1e-12, iter.max = 100, toler.chol = 1e-14))
  best <- exp(optimize(function(log) shared(exp(log))$history[[1]]$c.loglik, log(c(1e-6, 20)), maximum = TRUE, tol = 1e-9)$maximum)
  alike <- shared(best)
  data.frame(set, term = names(coef(plain)), n = nrow(data), coef = coef(plain), se = sqrt(diag(vcov(plain))),
             robust = sqrt(diag(vcov(by))), within = coef(within), within_se = sqrt(diag(vcov(within))),
             variance = best, shared = coef(alike)[seq_along(coef(plain))], shared_se = sqrt(diag(alike$var))[seq_along(coef(plain))])
}
lung3 <- with(lung, data.frame(time, event = status == 2, age = age / 10, male = as.numeric(sex == 1), ecog = factor(ph.ecog), centre = inst))
set.seed(4)
drawn <- data.frame(time = ceiling(rexp(40, 0.15)), event = runif(40) < 0.8, x = round(rnorm(40), 2), z = rbinom(40, 1, 0.5),
                    centre = rep(c("a", "b", "c", "d"), c(20, 10, 9, 1)))
apart <- transform(drawn, time = ceiling(time * c(a = 1, b = 4, c = 0.5, d = 2)[centre]))
write.csv(rbind(cbind(set = "drawn", drawn), cbind(set = "apart", apart)), "data_centres.csv", row.names = FALSE)
write.csv(rbind(rows("lung", lung3, "age + male + ecog"), rows("drawn", drawn, "x + z"), rows("apart", apart, "x + z")), "centres.csv", row.names = FALSE)
