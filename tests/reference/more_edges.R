# Where information runs out, once more: estimators that edges.R does not ask, on 60 other sets: n = 2, ties by float
# noise and heavy ones, levels without anybody at risk, all censored in one group, one group, late entry, weights of 0,
# separated levels. Reads data_more_edges.csv (drawn by make_more_edges.py); writes more_edges.csv.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
rows <- read.csv(file.path(here, "data_more_edges.csv"), colClasses = c(time = "character", entry = "character"))
rows$time <- as.numeric(rows$time); rows$entry <- as.numeric(rows$entry)
found <- NULL
add <- function(set, name, v) if (length(v)) found <<- rbind(found, data.frame(set, name, i = seq_along(v), value = sprintf("%.12g", as.numeric(v))))
try_it <- function(e) tryCatch(suppressWarnings(e), error = function(err) NULL)
control <- coxph.control(eps = 1e-11, iter.max = 80)
half <- function(f) { q <- quantile(f, 0.5); c(q$quantile, q$lower, q$upper) }
for (s in unique(rows$set)) {
  d <- rows[rows$set == s, ]
  told <- function(name, m) if (!is.null(m) && !anyNA(coef(m)) && all(abs(coef(m)) < 6) && all(coef(m) != 0)) add(s, name, c(coef(m), sqrt(diag(m$var))))
  for (type in c("log", "plain")) add(s, paste0("median_", type), half(survfit(Surv(time, event) ~ 1, d, conf.type = type)))
  tau <- min(max(d$time), 9.3); r <- try_it(summary(survfit(Surv(time, event) ~ 1, d), rmean = tau)$table)
  if (!is.null(r)) add(s, "mean", c(tau, r[grep("rmean", names(r))]))
  r <- try_it(survdiff(Surv(time, event) ~ group + strata(stratum), d)); if (!is.null(r)) add(s, "log_rank_strata", r$chisq)
  if (length(unique(d$group)) == 2) { r <- try_it(survdiff(Surv(time, event) ~ group, d, rho = 1)); if (!is.null(r)) add(s, "early", r$chisq) }
  told("breslow", try_it(coxph(Surv(time, event) ~ x, d, ties = "breslow", control = control)))
  told("strata", try_it(coxph(Surv(time, event) ~ x + strata(stratum), d, control = control)))
  told("clusters", try_it(coxph(Surv(time, event) ~ x, d, cluster = cluster, control = control)))
  w <- d[d$weight > 0, ]
  told("weights", try_it(coxph(Surv(time, event) ~ x, w, weights = weight, robust = TRUE, control = control)))
  add(s, "curve_weights", survfit(Surv(time, event) ~ 1, w, weights = weight)$surv)
  m <- try_it(coxph(Surv(time, event) ~ x, d, control = control))
  if (!is.null(m) && !anyNA(coef(m)) && abs(coef(m)) < 6) add(s, "concordance", c(coef(m), concordance(m)$concordance))
  if (any(d$entry > 0)) {
    add(s, "late_curve", survfit(Surv(entry, time, event) ~ 1, d)$surv[survfit(Surv(entry, time, event) ~ 1, d)$n.event > 0])
    told("late", try_it(coxph(Surv(entry, time, event) ~ x, d, control = control)))
    r <- try_it(coxph(Surv(entry, time, event) ~ factor(group), d, ties = "exact")); if (!is.null(r)) add(s, "late_log_rank", r$score)
  }
  if (length(unique(d$cause[d$cause > 0])) == 2) {
    f <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, d); add(s, "incidence", f$pstate[, 2])
    fg <- try_it(finegray(Surv(time, factor(cause, 0:2)) ~ x + id, cbind(d, id = seq_len(nrow(d))), etype = 1))
    if (!is.null(fg)) told("subdistribution", try_it(coxph(Surv(fgstart, fgstop, fgstatus) ~ x, fg, weights = fgwt, cluster = id, control = control)))
  }
}
write.csv(found, file.path(here, "more_edges.csv"), row.names = FALSE, quote = FALSE)
