# Independent numbers for the tests, from R survival. Run: Rscript tests/reference/make_reference.R
# Writes its tables beside itself. Data sets are written as data_*.csv so that both sides read the same.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
out <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
small <- data.frame(time = c(0.9, 1.32, 1.68, 2.03, 2.27, 2.57, 2.9, 3.06, 4.3, 5.23, 6.14, 9.4, 20.1),
                    event = c(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0),
                    group = c(1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0),
                    x = c(58, 58, 59, 59, 59, 62, 67, 67, 68, 68, 69, 69, 70))
lungd <- with(lung, data.frame(time, event = status - 1, group = sex - 1, x = age))
vet <- with(veteran, data.frame(time, event = status, group = as.integer(celltype) - 1, x = karno))
edge <- list(
  two = data.frame(time = c(1, 2), event = c(1, 1), group = c(0, 1), x = c(1, 2)),
  one_event = data.frame(time = c(1, 2, 3, 4), event = c(0, 1, 0, 0), group = c(0, 0, 1, 1), x = c(1, 3, 2, 4)),
  half = data.frame(time = c(1, 2, 3, 4, 5, 6), event = c(1, 1, 1, 0, 1, 1), group = c(0, 1, 0, 1, 0, 1), x = 1:6),
  half_to_end = data.frame(time = c(1, 2, 3, 4), event = c(1, 1, 0, 0), group = c(0, 1, 0, 1), x = 1:4),
  censored = data.frame(time = c(1, 2, 3), event = c(0, 0, 0), group = c(0, 1, 0), x = 1:3),
  ties = data.frame(time = c(1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6), event = c(1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0),
                    group = c(0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1), x = c(5, 3, 6, 2, 7, 1, 8, 4, 9, 2, 5, 7)))
sets <- c(list(small = small, lung = lungd, veteran = vet), edge)
medians <- NULL; ranks <- NULL; at <- NULL
for (name in names(sets)) {
  d <- sets[[name]]; out(d, paste0("data_", name, ".csv"))
  for (type in c("log-log", "log", "plain")) for (kind in c("survival", "follow-up")) {
    e <- if (kind == "survival") d$event else 1 - d$event
    f <- survfit(Surv(d$time, e) ~ 1, conf.type = type)
    q <- quantile(f, 0.5)
    medians <- rbind(medians, data.frame(set = name, kind, method = type, n = nrow(d), events = sum(e),
      median = unname(q$quantile), ci_low = unname(q$lower), ci_high = unname(q$upper)))
    if (kind == "survival") { t <- median(d$time); s <- summary(f, times = t)
      at <- rbind(at, data.frame(set = name, method = type, time = t, n_risk = s$n.risk, survival = s$surv, ci_low = s$lower, ci_high = s$upper)) }
  }
  if (sum(d$event) > 0) { r <- survdiff(Surv(time, event) ~ group, d)
    ranks <- rbind(ranks, data.frame(set = name, statistic = r$chisq, df = length(r$n) - 1)) }
}
out(medians, "survival.csv"); out(at, "survival_at.csv"); out(ranks, "logrank.csv")
cox <- NULL
for (name in c("small", "lung", "veteran", "ties")) {
  d <- sets[[name]]
  for (form in c("group", "x", "group + x")) {
    if (name == "veteran") form <- sub("group", "factor(group)", form)
    m <- coxph(as.formula(paste("Surv(time, event) ~", form)), d, ties = "efron", control = coxph.control(eps = 1e-13, toler.inf = 1e-6)); s <- summary(m)
    wald <- confint(m)
    cox <- rbind(cox, data.frame(set = name, form = gsub(" ", "", form), term = rownames(s$coefficients), coef = s$coefficients[, 1],
      se = s$coefficients[, 3], p = s$coefficients[, 5], low = wald[, 1], high = wald[, 2], loglik0 = m$loglik[1], loglik = m$loglik[2]))
  }
}
out(cox, "cox.csv")
# Profile limits of a single coefficient: where the partial log-likelihood falls by qchisq(0.95, 1) / 2.
profile <- NULL
for (name in c("small", "lung", "ties")) {
  d <- sets[[name]]; top <- coxph(Surv(time, event) ~ group, d)
  f <- function(b) coxph(Surv(time, event) ~ offset(b * group), d)$loglik[1] - top$loglik[2] + qchisq(0.95, 1) / 2
  profile <- rbind(profile, data.frame(set = name, low = uniroot(f, c(coef(top) - 9, coef(top)), tol = 1e-10)$root,
                                       high = uniroot(f, c(coef(top), coef(top) + 9), tol = 1e-10)$root))
}
out(profile, "profile.csv")
# cox.zph with its default transform, one P a term; and drop-one likelihood ratios of a joint model.
zph <- NULL; drop <- NULL
vet3 <- transform(vet, group = factor(group))
lung3 <- na.omit(with(lung, data.frame(time, event = status - 1, group = factor(ph.ecog), x = age, sex = sex - 1)))
lung3 <- droplevels(lung3[lung3$group != 3, ])
out(lung3, "data_lung3.csv")
models <- list(small = list(small, "group"), lung = list(lungd, "group + x"), veteran = list(vet3, "group + x"), ties = list(sets$ties, "group + x"),
               lung3 = list(lung3, "group + x + sex"))
for (name in names(models)) {
  d <- models[[name]][[1]]; m <- coxph(as.formula(paste("Surv(time, event) ~", models[[name]][[2]])), d, control = coxph.control(eps = 1e-13))
  z <- cox.zph(m)$table; z <- z[rownames(z) != "GLOBAL", , drop = FALSE]
  zph <- rbind(zph, data.frame(set = name, term = rownames(z), df = z[, "df"], p = z[, "p"]))
  r <- drop1(m, test = "Chisq"); r <- r[-1, ]
  drop <- rbind(drop, data.frame(set = name, term = rownames(r), df = r$Df, p = r[, "Pr(>Chi)"]))
}
out(zph, "zph.csv"); out(drop, "drop1.csv")
# Large-sample path: two tie rules, weights, strata, clusters; sandwich errors. Times in months give ties.
more <- list(
  lung = with(lung[complete.cases(lung[, c("age", "ph.karno", "inst", "wt.loss")]), ],
              data.frame(time = ceiling(time / 30), event = status - 1, a = age, b = ph.karno, c = sex - 1, cluster = inst,
                         stratum = sex, treatment = as.integer(sex == 2), weight = 0.5 + (seq_along(time) %% 4) / 2)),
  veteran = with(veteran, data.frame(time = ceiling(time / 7), event = status, a = age, b = karno, c = trt - 1, cluster = diagtime,
                                     stratum = as.integer(celltype), treatment = trt - 1, weight = 0.25 + (seq_along(time) %% 5) / 3)))
fast <- NULL; ranks <- NULL; iptw <- NULL
for (name in names(more)) {
  d <- more[[name]]; out(d, paste0("data_more_", name, ".csv")); d$one <- 1
  for (ties in c("efron", "breslow")) for (weighted in 0:1) for (strata in 0:1) for (clustered in 0:1) {
    f <- if (strata) Surv(time, event) ~ a + b + strata(stratum) else Surv(time, event) ~ a + b + c
    d$used <- if (weighted) d$weight else d$one
    d$id <- if (clustered) d$cluster else seq_len(nrow(d))
    m <- coxph(f, d, weights = used, cluster = id, ties = ties, control = coxph.control(eps = 1e-13, toler.inf = 1e-6))
    fast <- rbind(fast, data.frame(set = name, ties, weighted, strata, clustered, term = names(coef(m)), coef = coef(m),
      se = sqrt(diag(m$naive.var)), robust = sqrt(diag(m$var)), loglik0 = m$loglik[1], loglik = m$loglik[2]))
  }
  for (by in c("cluster", "stratum", "treatment")) { r <- survdiff(as.formula(paste("Surv(time, event) ~", by)), d)
    ranks <- rbind(ranks, data.frame(set = name, by, statistic = r$chisq, df = length(r$n) - 1)) }
  p <- fitted(glm(treatment ~ a + b, binomial, d, epsilon = 1e-14)); d$used <- ifelse(d$treatment == 1, 1 / p, 1 / (1 - p))
  iptw <- rbind(iptw, data.frame(set = name, coef = unname(coef(coxph(Surv(time, event) ~ treatment, d, weights = used,
    control = coxph.control(eps = 1e-13, toler.inf = 1e-6))))))
}
out(fast, "fast_cox.csv"); out(ranks, "fast_logrank.csv"); out(iptw, "iptw.csv")
# Propensity weights: three estimands, balance, weighted curves, the log-rank test of Xie and Liu 2005, robust Cox.
# The test is written out time by time from the paper; it agrees with adjusted.LR of IPWsurvival 0.5 to its rounding.
xie_liu <- function(time, event, group, w) {
  top <- 0; var <- 0
  for (t in sort(unique(time[event == 1]))) {
    risk <- time >= t; n1 <- sum(risk & group == 1); n0 <- sum(risk & group == 0); n <- n0 + n1
    if (n1 == 0 || n0 == 0) next
    v <- ifelse(group == 1, w * n1 / sum(w[risk & group == 1]), w * n0 / sum(w[risk & group == 0]))
    dead <- risk & event == 1 & time == t; d <- sum(dead)
    top <- top + sum(v[dead & group == 1]) - n1 / n * sum(v[dead])
    var <- var + d * (n - d) / (n * max(n - 1, 1)) * sum(((ifelse(group == 1, n0, n1) / n)^2 * v^2)[risk])
  }
  top / sqrt(var)
}
adjusted_se <- function(time, event, w, until) {  # of S(until), the adjusted Kaplan-Meier estimate
  s <- 1; v <- 0
  for (t in sort(unique(time[event == 1 & time <= until]))) {
    risk <- time >= t; stay <- 1 - sum(w[time == t & event == 1]) / sum(w[risk])
    s <- s * stay; v <- v + (1 - stay) / stay * sum(w[risk]^2) / sum(w[risk])^2
  }
  s * sqrt(v)
}
weighting <- NULL; smd <- NULL
for (name in names(more)) {
  d <- more[[name]]; g <- d$treatment; d$level <- factor(c("lo", "mid", "hi")[1 + (d$b > 60) + (d$b > 80)], c("lo", "mid", "hi"))
  p <- fitted(glm(treatment ~ a + level, binomial, d, epsilon = 1e-14))
  kinds <- list(ATE = ifelse(g == 1, 1 / p, 1 / (1 - p)), stabilized = ifelse(g == 1, mean(g) / p, mean(1 - g) / (1 - p)),
                ATT = ifelse(g == 1, 1, p / (1 - p)), overlap = ifelse(g == 1, 1 - p, p))
  for (kind in names(kinds)) {
    d$used <- w <- kinds[[kind]]
    fit <- survfit(Surv(time, event) ~ treatment, d, weights = used)
    q <- unname(quantile(fit, 0.5)$quantile); at <- summary(fit, times = 6)$surv
    m <- coxph(Surv(time, event) ~ treatment, d, weights = used, robust = TRUE, control = coxph.control(eps = 1e-13, toler.inf = 1e-6))
    weighting <- rbind(weighting, data.frame(set = name, kind, size0 = sum(w[g == 0])^2 / sum(w[g == 0]^2), size1 = sum(w[g == 1])^2 / sum(w[g == 1]^2),
      median0 = q[1], median1 = q[2], at0 = at[1], at1 = at[2], se0 = with(d[g == 0, ], adjusted_se(time, event, used, 6)),
      z = xie_liu(d$time, d$event, g, w), coef = unname(coef(m)), robust = sqrt(m$var[1, 1])))
  }
  columns <- cbind(a = d$a, "level: mid" = d$level == "mid", "level: hi" = d$level == "hi"); w <- kinds$ATE
  for (term in colnames(columns)) {
    x <- columns[, term]; share <- function(i) if (term == "a") var(x[i]) else mean(x[i]) * (1 - mean(x[i]))
    s <- sqrt((share(g == 1) + share(g == 0)) / 2)
    smd <- rbind(smd, data.frame(set = name, variable = term, smd = (mean(x[g == 1]) - mean(x[g == 0])) / s,
      smd_weighted = (weighted.mean(x[g == 1], w[g == 1]) - weighted.mean(x[g == 0], w[g == 0])) / s))
  }
}
out(weighting, "weighting.csv"); out(smd, "balance.csv")
# Weights cut at their 5th and 95th percentile; the sandwich error once more by survey, whose factor is n / (n - 1).
cut <- NULL
for (name in names(more)) {
  d <- more[[name]]; g <- d$treatment; d$level <- factor(c("lo", "mid", "hi")[1 + (d$b > 60) + (d$b > 80)], c("lo", "mid", "hi"))
  p <- fitted(glm(treatment ~ a + level, binomial, d, epsilon = 1e-14)); w <- ifelse(g == 1, 1 / p, 1 / (1 - p))
  q <- quantile(w, c(0.05, 0.95)); d$used <- pmin(pmax(w, q[1]), q[2])
  tight <- coxph.control(eps = 1e-13, toler.inf = 1e-6)
  m <- survey::svycoxph(Surv(time, event) ~ treatment, survey::svydesign(ids = ~1, weights = ~used, data = d), control = tight)
  fit <- unname(quantile(survfit(Surv(time, event) ~ treatment, d, weights = used), 0.5)$quantile)
  cut <- rbind(cut, data.frame(set = name, low = unname(q[1]), high = unname(q[2]), coef = unname(coef(m)),
    se = sqrt(vcov(m)[1, 1]) * sqrt((nrow(d) - 1) / nrow(d)), median0 = fit[1], median1 = fit[2], z = xie_liu(d$time, d$event, g, d$used)))
}
out(cut, "weighting_cut.csv")
# One patient in a level, early: lifelines overshoots, R does not.
lone <- data.frame(time = c(0.4, 1.7, 2.3, 4.2, 5.8, 7.4, 8.1, 8.8, 9.6, 10.3, 11.7, 12.4, 13, 14.7),
                   event = c(1, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1), group = c(0, 1, rep(0, 12)), x = 1)
out(lone, "data_lone.csv")
m <- summary(coxph(Surv(time, event) ~ group, lone, control = coxph.control(eps = 1e-12)))
out(data.frame(hr = m$conf.int[1], low = m$conf.int[3], high = m$conf.int[4], p = m$coefficients[5], p_lr = m$logtest[["pvalue"]]), "lone.csv")
# One factor under two handlings of ties: Wald, likelihood-ratio and score P of the factor, alone and with x in the model.
tests <- NULL
for (name in c("small", "ties", "veteran", "lung")) for (ties in c("efron", "breslow")) for (joint in c(FALSE, TRUE)) {
  if (name == "small" && joint) next
  d <- sets[[name]]; d$g <- if (name == "veteran") factor(d$group) else d$group
  tight <- coxph.control(eps = 1e-13, toler.inf = 1e-6)
  f <- if (joint) Surv(time, event) ~ g + x else Surv(time, event) ~ g
  m <- coxph(f, d, ties = ties, control = tight); k <- length(coef(m)) - joint; at <- seq_len(k)
  null <- if (joint) coxph(Surv(time, event) ~ x, d, ties = ties, control = tight) else NULL
  start <- c(rep(0, k), if (joint) coef(null))
  score <- coxph(f, d, ties = ties, init = start, control = coxph.control(iter.max = 0))$score
  wald <- drop(coef(m)[at] %*% solve(vcov(m)[at, at]) %*% coef(m)[at]); se <- sqrt(diag(vcov(m)))[1]
  lr <- 2 * (m$loglik[2] - if (joint) null$loglik[2] else m$loglik[1])
  tests <- rbind(tests, data.frame(set = name, ties, joint, hr = exp(coef(m)[1]), low90 = exp(coef(m)[1] - qnorm(0.95) * se),
    high90 = exp(coef(m)[1] + qnorm(0.95) * se), p = 2 * pnorm(-abs(coef(m)[1] / se)), p_wald = pchisq(wald, k, lower.tail = FALSE),
    p_lr = pchisq(lr, k, lower.tail = FALSE), p_score = pchisq(score, k, lower.tail = FALSE)))
}
out(tests, "cox_tests.csv")
# Eight deaths at 1 to 8 months, groups that overlap, and a 2 x 2 table: the numbers that the replication tests print.
eight <- data.frame(time = 1:8, event = 1, a = c(1, 1, 1, 1, 0, 0, 0, 0), b = c(0, 0, 1, 0, 1, 1, 0, 1), karnof = c(80, 70, 90, 60, 80, 70, 90, 80))
limits <- function(type, level = 0.95) { q <- quantile(survfit(Surv(time, event) ~ 1, eight, conf.type = type, conf.int = level), 0.5); c(q$quantile, q$lower, q$upper) }
stacked <- rbind(cbind(eight[eight$a == 1, ], g = "a"), cbind(eight[eight$b == 1, ], g = "b"))
rank_p <- function(d, g) pchisq(survdiff(Surv(d$time, d$event) ~ g)$chisq, 1, lower.tail = FALSE)
m <- summary(coxph(Surv(time, event) ~ b, eight)); two <- matrix(c(5, 2, 3, 7), 2); woolf <- sqrt(sum(1 / two))
q6 <- unname(quantile(c(51, 58, 60, 63, 64, 70, 71, 79), c(0.25, 0.75), type = 6)); q7 <- unname(quantile(c(51, 58, 60, 63, 64, 70, 71, 79), c(0.25, 0.75)))
numbers <- list(log = limits("log"), log_log = limits("log-log"), plain = limits("plain"), log_80 = limits("log", 0.8), log_rank = rank_p(eight, eight$a),
  log_rank_overlap = rank_p(stacked, stacked$g), cox = c(m$conf.int[c(1, 3, 4)], m$coefficients[5], m$logtest[["pvalue"]], m$sctest[["pvalue"]]),
  cox_karnof = exp(coef(coxph(Surv(time, event) ~ karnof, eight, control = coxph.control(eps = 1e-12)))),
  at_3 = unlist(summary(survfit(Surv(time, event) ~ 1, eight, conf.type = "log"), times = 3)[c("surv", "lower", "upper")]),
  odds = c(35 / 6, exp(log(35 / 6) - qnorm(0.975) * woolf), exp(log(35 / 6) + qnorm(0.975) * woolf), fisher.test(two)$p.value,
           chisq.test(two, correct = FALSE)$p.value, suppressWarnings(chisq.test(two)$p.value)), quartiles_6 = q6, quartiles_7 = q7)
out(do.call(rbind, lapply(names(numbers), function(n) data.frame(name = n, at = seq_along(numbers[[n]]), value = signif(unname(numbers[[n]]), 12)))), "printed.csv")
# Pseudo-subjects from points of a curve by the steps of Guyot et al. 2012 (BMC Med Res Methodol 12:9), written from the paper:
# censorings evenly over each interval of the risk table, deaths by rounding, total of events met in the last interval.
guyot <- function(t, s, rt, rn, events) {
  k <- length(t); m <- length(rt); lower <- sapply(rt, function(x) which(t >= x)[1]); upper <- c(lower[-1] - 1, k)
  d <- cens <- rep(0, k); n <- rep(rn[1], k + 1); km <- rep(1, k); last <- 1; count <- rep(0, m)
  walk <- function(i, from) {  # deaths of interval i, with the censorings that stand in `cens`
    for (j in lower[i]:upper[i]) {
      d[j] <<- if (j == 1 || km[from] == 0) 0 else round(n[j] * (1 - s[j] / km[from]))
      km[j] <<- if (j == 1) 1 else km[from] * (1 - d[j] / n[j])
      n[j + 1] <<- max(0, n[j] - d[j] - cens[j]); if (d[j] > 0) from <- j
    }
    from
  }
  spread <- function(i, ends) {  # censorings of interval i, evenly
    cens[lower[i]:upper[i]] <<- 0
    if (count[i] > 0) for (x in t[lower[i]] + seq_len(count[i]) * (ends - t[lower[i]]) / (count[i] + 1)) {
      j <- max(which(t <= x)); cens[j] <<- cens[j] + 1 }
  }
  for (i in seq_len(m - 1)) {
    count[i] <- max(0, round(rn[i] * s[lower[i + 1]] / s[lower[i]] - rn[i + 1])); tried <- c()
    repeat {
      spread(i, t[lower[i + 1]]); n[lower[i]] <- rn[i]; end <- walk(i, last); off <- n[upper[i] + 1] - rn[i + 1]
      tried <- c(tried, count[i]); if (off == 0 || max(0, count[i] + off) %in% tried) break
      count[i] <- max(0, count[i] + off)
    }
    last <- end; rn[i + 1] <- n[upper[i] + 1]
  }
  count[m] <- min(round(sum(count) * (t[k] - t[lower[m]]) / (t[upper[m - 1]] - t[1])), rn[m]); tried <- c()
  repeat {
    spread(m, t[k]); n[lower[m]] <- rn[m]; walk(m, last); off <- sum(d) - events; tried <- c(tried, count[m])
    if (off == 0 || max(0, count[m] + off) %in% tried) break
    count[m] <- max(0, count[m] + off)
  }
  mid <- c((t[-1] + t[-k]) / 2, t[k])
  data.frame(time = c(rep(t, d), rep(mid, cens), rep(t[k], n[1] - sum(d) - sum(cens))), event = rep(1:0, c(sum(d), n[1] - sum(d))))
}
pseudo <- NULL; read <- NULL
for (arm in 0:1) {
  fit <- survfit(Surv(time / 30.4375, event) ~ 1, lungd[lungd$group == arm, ]); f <- fit$n.event > 0
  points <- data.frame(time = c(0, fit$time[f], max(fit$time)), survival = round(c(1, fit$surv[f], min(fit$surv)), 3))
  points <- points[!duplicated(points$time), ]
  rt <- seq(0, max(fit$time), 5); rn <- summary(fit, times = rt)$n.risk
  read <- rbind(read, data.frame(arm, kind = "point", time = points$time, value = points$survival),
                data.frame(arm, kind = "at risk", time = rt, value = rn), data.frame(arm, kind = "events", time = 0, value = sum(fit$n.event)))
  pseudo <- rbind(pseudo, cbind(arm, guyot(points$time, points$survival, rt, rn, sum(fit$n.event))))
}
m <- coxph(Surv(time, event) ~ arm, pseudo); true <- coxph(Surv(time, event) ~ group, lungd)
out(read, "curve_points.csv")
out(data.frame(arm = 0:1, events = tapply(pseudo$event, pseudo$arm, sum), median = unname(quantile(survfit(Surv(time, event) ~ arm, pseudo), 0.5)$quantile),
               true_median = unname(quantile(survfit(Surv(time / 30.4375, event) ~ group, lungd), 0.5)$quantile), coef = unname(coef(m)),
               true_coef = unname(coef(true)), true_se = sqrt(true$var[1, 1])), "guyot.csv")
# Hazard ratio of a factor within each level of another, and the likelihood-ratio test of their product.
product <- NULL
for (kind in c("levels", "number")) {
  d <- lungd; d$other <- if (kind == "levels") as.integer(d$x >= 65) else d$x / 10
  full <- coxph(Surv(time, event) ~ group * other, d); null <- coxph(Surv(time, event) ~ group + other, d)
  p <- anova(null, full)[2, "Pr(>|Chi|)"]; v <- vcov(full); b <- coef(full)
  weights <- if (kind == "levels") list(`0` = c(1, 0, 0), `1` = c(1, 0, 1)) else list(per = c(0, 0, 1))
  for (at in names(weights)) { w <- weights[[at]]; est <- sum(w * b); se <- sqrt(drop(w %*% v %*% w))
    product <- rbind(product, data.frame(kind, at, hr = exp(est), ci_low = exp(est - qnorm(0.975) * se), ci_high = exp(est + qnorm(0.975) * se), p)) }
}
out(product, "interaction.csv")
# Three groups of the tied set; the permutation of their log-rank chi-square is in edges.R.
three <- transform(sets$ties, group = rep(0:2, c(3, 4, 5))); out(three, "data_three.csv")
# Firth's penalty by brute force: the penalized likelihood from coxph held at a value, maximized by optim, its profile by uniroot.
firth <- NULL
sharp <- list(small = c("group", "x"), lone = "group", ties = c("group", "x"), separated = "group", two = "group", lung3 = c("group", "x"))
separated <- data.frame(time = c(1, 2, 3, 4, 5, 6, 7, 8), event = c(1, 1, 1, 0, 1, 1, 0, 1), group = c(1, 1, 1, 0, 0, 0, 0, 0), x = 1:8); out(separated, "data_separated.csv")
for (name in names(sharp)) {
  d <- if (name == "lone") lone else if (name == "separated") separated else if (name == "lung3") transform(lung3, group = sex)[1:60, ] else sets[[name]]
  x <- scale(as.matrix(d[sharp[[name]]])); k <- ncol(x); size <- attr(x, "scaled:scale"); rows <- data.frame(time = d$time, event = d$event); rows$x <- x
  value <- function(b) { m <- suppressWarnings(coxph(Surv(time, event) ~ x, rows, init = b, control = coxph.control(iter.max = 0)))
    m$loglik[2] - log(det(as.matrix(m$var))) / 2 }
  peak <- function(f, start) { if (length(start) == 1) return(optimize(f, c(-20, 20), maximum = TRUE, tol = 1e-9)$objective)
    o <- optim(start, f, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000)); optim(o$par, f, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))$value }
  if (k == 1) { top <- optimize(value, c(-20, 20), maximum = TRUE, tol = 1e-10)$maximum } else {
    o <- optim(rep(0, k), value, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000)); top <- optim(o$par, value, control = list(fnscale = -1, reltol = 1e-15, maxit = 5000))$par }
  best <- value(top)
  for (j in seq_len(k)) {
    held <- function(b) if (k == 1) value(b) else peak(function(o) { full <- top; full[j] <- b; full[-j] <- o; value(full) }, top[-j])
    f <- function(b) held(b) - best + qchisq(0.95, 1) / 2
    firth <- rbind(firth, data.frame(set = name, form = paste(sharp[[name]], collapse = "+"), term = sharp[[name]][j], coef = top[j] / size[j],
      low = uniroot(f, c(top[j] - 9, top[j]), extendInt = "upX", tol = 1e-9)$root / size[j],
      high = uniroot(f, c(top[j], top[j] + 9), extendInt = "downX", tol = 1e-9)$root / size[j], p = pchisq(2 * (best - held(0)), 1, lower.tail = FALSE)))
  }
}
out(lung3[1:60, ], "data_lung60.csv"); out(firth, "firth.csv")
# Restricted mean up to tau with survfit's standard error (Greenwood), for the whole set and each group.
rmean <- NULL
for (name in c("small", "lung", "veteran", "ties", "half")) for (part in c("all", "0", "1")) for (share in c(0.5, 0.9)) {
  d <- sets[[name]]; tau <- share * min(tapply(d$time, d$group, max)); e <- if (part == "all") d else d[d$group == as.numeric(part), ]; if (tau <= min(e$time)) next
  t <- summary(survfit(Surv(time, event) ~ 1, e), rmean = tau)$table
  rmean <- rbind(rmean, data.frame(set = name, part, tau, mean = t[["rmean"]], se = t[["se(rmean)"]]))
}
out(rmean, "rmean.csv")
# The fewest changed outcomes that carry the log-rank P across 0.05, by trying every one and every pair.
rank_chisq <- function(d) { r <- tryCatch(survdiff(Surv(time, event) ~ group, d), error = function(e) NULL); if (is.null(r)) 0 else r$chisq }
fragility <- NULL
for (name in c("small", "ties", "separated", "lone")) {
  d <- switch(name, separated = separated, lone = lone, sets[[name]]); side <- rank_chisq(d) >= qchisq(0.95, 1); found <- NA
  for (size in 1:3) { hit <- any(combn(nrow(d), size, function(i) { e <- d; e$event[i] <- 1 - e$event[i]; sum(e$event) > 0 && (rank_chisq(e) >= qchisq(0.95, 1)) != side }))
    if (hit) { found <- size; break } }
  fragility <- rbind(fragility, data.frame(set = name, p = pchisq(rank_chisq(d), 1, lower.tail = FALSE), changes = found))
}
out(fragility, "fragility.csv")
# Pairs: Cox clustered on and stratified by patient, the exact sign test; shares of the ratio at 1.33 by Kaplan-Meier.
pairs <- data.frame(first = c(5, 8, 2.5, 4, 6.5, 3, 10, 7, 1.5, 9, 2, 6), first_event = c(1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1),
                    second = c(3, 12, 4, 2, 6.5, 5, 6, 1, 2.2, 3.5, 2.66, 9), second_event = c(1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0))
out(pairs, "data_pairs.csv")
long <- data.frame(id = rep(1:12, 2), course = rep(0:1, each = 12), time = c(pairs$first, pairs$second), event = c(pairs$first_event, pairs$second_event))
m <- coxph(Surv(time, event) ~ course, long, cluster = id, control = coxph.control(eps = 1e-13)); s <- coxph(Surv(time, event) ~ course + strata(id), long, ties = "exact")
told <- with(pairs, c(sum(second < first & second_event), sum(first < second & first_event))); b <- binom.test(told[1], sum(told))
known <- pairs[pairs$first_event == 1, ]; k <- survfit(Surv(second / first, second_event) ~ 1, known, conf.type = "log-log"); at <- summary(k, times = 1.33 - 1e-6)
out(data.frame(name = c("coef", "naive", "robust", "strata_coef", "again", "before", "sign_p", "odds_low", "odds_high", "km", "km_low", "km_high"),
  value = c(coef(m), sqrt(m$naive.var), sqrt(m$var), coef(s), told, b$p.value, b$conf.int / (1 - b$conf.int), at$surv, at$lower, at$upper)), "paired.csv")
