# Independent numbers for the tests of meta-analysis, from R metafor and lme4. Run: Rscript tests/reference/meta.R
# Reads data_meta_hazard.csv (published hazard ratios) and data_meta_shares.csv (published counts) beside itself, writes
# data_meta_bcg.csv and data_meta_catheter.csv (examples of metadat) and the answers in meta.csv, one number a row.
suppressMessages({ library(metafor); library(lme4) })
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
write <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
fine <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
answers <- NULL
keep <- function(set, model, of, values) {
  answers <<- rbind(answers, data.frame(set, model, of, name = names(values), value = signif(unname(unlist(values)), 12)))
}
z <- qnorm(0.975)

random <- function(set, yi, vi) {  # every model and the heterogeneity of one set
  for (m in c("FE", "REML", "PM", "DL")) for (test in c("z", "adhoc")) {
    if (m == "FE" && test == "adhoc") next
    f <- rma(yi, vi, method = m, test = test, control = fine)
    row <- list(estimate = f$b[1], ci_low = f$ci.lb, ci_high = f$ci.ub, p = f$pval, se = f$se)
    if (m != "FE") {
      p <- predict(f, pi.type = "riley")
      row <- c(row, list(tau2 = f$tau2, prediction_low = p$pi.lb, prediction_high = p$pi.ub))
    }
    keep(set, paste0(if (m == "FE") "common" else m, if (test == "adhoc") " HK" else ""), "pool", row)
    if (test == "z") keep(set, if (m == "FE") "common" else m, "weight", setNames(weights(f) / 100, seq_along(yi)))
  }
  f <- rma(yi, vi, method = "REML", control = fine); profile <- confint(f, control = fine)$random
  keep(set, "REML", "heterogeneity", list(q = f$QE, p = f$QEp, i2 = profile[3, 1] / 100, i2_low = profile[3, 2] / 100,
    i2_high = profile[3, 3] / 100, i2_q = rma(yi, vi, method = "FE")$I2 / 100, tau2 = profile[1, 1],
    tau2_low = profile[1, 2], tau2_high = profile[1, 3]))
}
sensitive <- function(set, yi, vi, year) {
  for (m in c("FE", "REML")) {
    model <- if (m == "FE") "common" else m
    f <- rma(yi, vi, method = m, control = fine); out <- leave1out(f)
    for (i in seq_along(yi)) keep(set, model, paste("without", i), list(estimate = out$estimate[i], ci_low = out$ci.lb[i],
      ci_high = out$ci.ub[i], p = out$pval[i], q = out$Q[i], p_q = out$Qp[i]))
    added <- cumul(f, order = year)
    for (i in seq_along(yi)) keep(set, model, paste("up to", i), list(estimate = added$estimate[i], ci_low = added$ci.lb[i], ci_high = added$ci.ub[i]))
    seen <- influence(f); n <- seen$inf
    for (i in seq_along(yi)) keep(set, model, paste("influence", i), list(weight = n$weight[i] / 100, rstudent = n$rstudent[i],
      dffits = n$dffits[i], cook_d = n$cook.d[i], cov_r = n$cov.r[i], dfbeta = seen$dfbs$intrcpt[i], tau2_deleted = n$tau2.del[i], q_deleted = n$QE.del[i]))
  }
}
apart <- function(set, yi, vi, group) {  # the pools of the groups and their difference
  for (m in c("FE", "REML")) {
    model <- if (m == "FE") "common" else m
    parts <- lapply(unique(group), function(g) rma(yi[group == g], vi[group == g], method = m, control = fine))
    b <- sapply(parts, function(f) f$b[1]); v <- sapply(parts, function(f) f$se^2)
    test <- rma(b, v, mods = ~ factor(unique(group), unique(group)), method = "FE")
    for (i in seq_along(b)[-1]) keep(set, model, paste("interaction", unique(group)[i]), list(estimate = test$b[i], ci_low = test$ci.lb[i],
      ci_high = test$ci.ub[i], p = test$pval[i], q = test$QM, p_global = test$QMp))
  }
}
odds <- function(set, d) {
  with(d, {
    single <- escalc("OR", ai = events, n1i = n, ci = events_control, n2i = n_control, drop00 = TRUE)
    for (i in seq_len(nrow(d))) if (!is.na(single$yi[i])) keep(set, "single", paste("study", i), list(effect = single$yi[i], se = sqrt(single$vi[i])))
    iv <- rma(yi, vi, data = single, method = "FE"); hk <- rma(yi, vi, data = single, method = "REML", test = "adhoc", control = fine)
    mh <- rma.mh(measure = "OR", ai = events, n1i = n, ci = events_control, n2i = n_control, correct = FALSE)
    pe <- rma.peto(ai = events, n1i = n, ci = events_control, n2i = n_control)
    for (f in list(list("IV", iv), list("IV REML HK", hk), list("MH", mh), list("Peto", pe)))
      keep(set, f[[1]], "odds", list(k = sum(!is.na(f[[2]]$yi)),  # metafor counts a table without event in k, not in Q
        estimate = exp(f[[2]]$b[1]), ci_low = exp(f[[2]]$ci.lb), ci_high = exp(f[[2]]$ci.ub),
        p = f[[2]]$pval, se = f[[2]]$se, q = f[[2]]$QE, p_q = f[[2]]$QEp))
  })
}
shares <- function(set, x, n) {
  k <- length(x); wide <- function(b, se, tau2) qt(0.975, k - 2) * sqrt(tau2 + se^2)
  d <- data.frame(x, n, study = factor(seq_along(x)))
  g <- suppressMessages(glmer(cbind(x, n - x) ~ 1 + (1 | study), d, binomial, nAGQ = 100,
    control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, rhobeg = 0.01), tolPwrss = 1e-10)))
  b <- unname(fixef(g)); tau2 <- unname(VarCorr(g)$study[1])
  # lme4 takes the curvature by differences; here the likelihood is integrated outright, with no nodes
  minus <- function(p) -sum(mapply(function(x, n) {
    top <- optimize(function(u) dbinom(x, n, plogis(p[1] + p[2] * u), TRUE) + dnorm(u, log = TRUE), c(-12, 12), maximum = TRUE, tol = 1e-10)
    log(integrate(function(u) exp(dbinom(x, n, plogis(p[1] + p[2] * u), TRUE) + dnorm(u, log = TRUE) - top$objective), -12, 12,
      rel.tol = 1e-12, subdivisions = 2000)$value) + top$objective }, x, n))
  direct <- if (tau2 > 1e-8) optim(c(b, sqrt(tau2)), minus, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-15, ndeps = c(1e-5, 1e-5)))
  if (tau2 > 1e-8) keep(set, "GLMM", "outright", list(mu = direct$par[1], tau2 = direct$par[2]^2, se = sqrt(solve(direct$hessian)[1, 1]), loglik = -direct$value))
  se <- if (tau2 > 1e-8) unname(sqrt(vcov(g)[1])) else sqrt(1 / (sum(n) * plogis(b) * (1 - plogis(b))))
  keep(set, "GLMM", "shares", list(estimate = plogis(b), ci_low = plogis(b - z * se), ci_high = plogis(b + z * se),
    prediction_low = plogis(b - wide(b, se, tau2)), prediction_high = plogis(b + wide(b, se, tau2)), se = se, tau2 = tau2))
  own <- rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 7)
  keep(set, "GLMM", "rma.glmm", list(estimate = plogis(own$b[1]), ci_low = plogis(own$ci.lb), ci_high = plogis(own$ci.ub), tau2 = own$tau2))
  keep(set, "GLMM", "homogeneity", list(q = own$QE.LRT, p_q = own$QEp.LRT, df = own$QE.df))
  hm <- list(ni = 1 / mean(1 / n))
  for (m in list(list("logit", "PLO", transf.ilogit, NULL), list("Freeman-Tukey", "PFT", transf.ipft.hm, hm))) {
    f <- rma(measure = m[[2]], xi = x, ni = n, method = "REML", control = fine)
    p <- if (is.null(m[[4]])) predict(f, transf = m[[3]], pi.type = "riley") else predict(f, transf = m[[3]], targs = m[[4]], pi.type = "riley")
    keep(set, m[[1]], "shares", list(estimate = p$pred, ci_low = p$ci.lb, ci_high = p$ci.ub, prediction_low = p$pi.lb,
      prediction_high = p$pi.ub, se = f$se, tau2 = f$tau2, q = f$QE, p_q = f$QEp, df = f$k - 1))
  }
}

bcg <- with(dat.bcg, data.frame(study = trial, year, group = as.character(alloc), events = tpos, n = tpos + tneg, events_control = cpos, n_control = cpos + cneg))
catheter <- with(dat.nielweise2007, data.frame(study, year, events = ai, n = n1i, events_control = ci, n_control = n2i))
write(bcg, "data_meta_bcg.csv"); write(catheter, "data_meta_catheter.csv")
or <- escalc("OR", ai = events, n1i = n, ci = events_control, n2i = n_control, data = bcg)
random("bcg", or$yi, or$vi); sensitive("bcg", or$yi, or$vi, bcg$year); apart("bcg", or$yi, or$vi, bcg$group)
egger <- regtest(or$yi, or$vi, model = "lm", predictor = "sei")
line <- lm(I(yi / sqrt(vi)) ~ I(1 / sqrt(vi)), or); reach <- confint(line)[1, ]
keep("bcg", "", "egger", list(estimate = unname(coef(line)[1]), ci_low = unname(reach[1]), ci_high = unname(reach[2]), p = egger$pval, df = egger$dfs))
odds("bcg", bcg); odds("catheter", catheter)
hazard <- read.csv(file.path(here, "data_meta_hazard.csv"))
for (end in unique(hazard$endpoint)) {
  h <- hazard[hazard$endpoint == end, ]
  yi <- log(h$estimate); se <- log(h$ci_high / h$ci_low) / (2 * qnorm(0.5 + h$level / 2))
  keep(end, "single", "se", setNames(se, h$study)); random(end, yi, se^2); sensitive(end, yi, se^2, h$year)
  if (min(table(h$group)) > 1) {
    apart(end, yi, se^2, h$group)
    whole <- rma(yi, se^2, mods = ~ factor(h$group, unique(h$group)), method = "FE")
    keep(end, "common", "meta-regression", list(estimate = whole$b[2], ci_low = whole$ci.lb[2], ci_high = whole$ci.ub[2], p = whole$pval[2], q = whole$QM, p_global = whole$QMp))
  }
}
# Two comparisons with one control arm: their covariance is the variance of that arm, 1 / 60 for 60 events.
h <- rbind(hazard[hazard$endpoint == "PFS", ], data.frame(endpoint = "PFS", study = "KEYVIBE-002, second arm", year = 2023, group = "mixed", estimate = 1.4, ci_low = 0.96, ci_high = 2.02, level = 0.95))
yi <- log(h$estimate); se <- log(h$ci_high / h$ci_low) / (2 * qnorm(0.5 + h$level / 2)); V <- diag(se^2)
both <- grep("KEYVIBE", h$study); V[both[1], both[2]] <- V[both[2], both[1]] <- 1 / 60
trial <- ifelse(seq_along(yi) %in% both, "KEYVIBE-002", h$study)
f <- rma.mv(yi, V, method = "FE"); g <- rma.mv(yi, V, random = ~ 1 | trial, method = "REML", control = list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15))
alone <- rma.mv(yi[both], V[both, both], method = "FE")
keep("shared", "single", "trial", list(effect = alone$b[1], se = alone$se))
keep("shared", "common", "pool", list(estimate = f$b[1], se = f$se, ci_low = f$ci.lb, ci_high = f$ci.ub))
keep("shared", "REML", "pool", list(estimate = g$b[1], se = g$se, tau2 = g$sigma2))
series <- read.csv(file.path(here, "data_meta_shares.csv"))
shares("series", series$events, series$n); shares("catheter", catheter$events, catheter$n); shares("alike", c(2, 3, 5), c(20, 30, 40))
write(answers, "meta.csv")
