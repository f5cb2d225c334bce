# Re-analysis of the reconstructed cohorts by R alone: Rscript tests/reference/reconstructed.R (from the project's folder).
# Needs the Debian package r-cran-survival. SPSS's median and interval are written out here from their description
# (first time with S <= 0.5; SE(S(m)) over the slope between the last S >= 0.55 and the first S <= 0.45; z = 1.96).
library(survival)
spss <- function(time, event) {
  f <- survfit(Surv(time, event) ~ 1); at <- f$n.event > 0; t <- f$time[at]; s <- f$surv[at]; se <- (s * f$std.err[at])
  m <- which(s <= 0.5 + 1e-12)[1]; u <- tail(which(s >= 0.55 - 1e-12), 1); l <- which(s <= 0.45 + 1e-12)[1]
  if (is.na(m)) return(c(NA, NA, NA))
  if (!length(u) || is.na(l) || s[m] < 1e-12) return(c(t[m], NA, NA))
  half <- 1.96 * se[m] / ((s[u] - s[l]) / (t[l] - t[u]))
  c(t[m], max(0, t[m] - half), t[m] + half)
}
rank_p <- function(d, g) { k <- survdiff(Surv(d$time, d$event) ~ g); pchisq(k$chisq, length(k$n) - 1, lower.tail = FALSE) }
rows <- NULL
add <- function(study, endpoint, what, group, values) {
  rows <<- rbind(rows, data.frame(study, endpoint, what, group, at = seq_along(values), value = signif(unname(values), 10)))
}
for (study in c("quzhou-2025", "chen-2025", "xu-2023", "shi-2026")) {
  folder <- file.path("data", study); if (!file.exists(file.path(folder, "adtte.csv"))) next
  adsl <- read.csv(file.path(folder, "adsl.csv"), colClasses = "character"); adtte <- read.csv(file.path(folder, "adtte.csv"))
  if ("AGE" %in% names(adsl)) adsl$AGEGR1 <- ifelse(as.numeric(adsl$AGE) < if (study == "quzhou-2025") 60 else 66, "<", ">=")
  if (study == "quzhou-2025") adsl$PDL1GR1 <- ifelse(adsl$PDL1 == "<1%", "NEG", "POS")
  for (endpoint in unique(adtte$PARAMCD)) {
    d <- adtte[adtte$PARAMCD == endpoint, ]; d <- data.frame(time = d$AVAL, event = 1 - d$CNSR, adsl[match(d$USUBJID, adsl$USUBJID), -1, drop = FALSE])
    if (!any(d$event == 1)) { add(study, endpoint, "follow-up", "", spss(d$time, 1 - d$event)[1]); next }
    add(study, endpoint, "median", "", spss(d$time, d$event))
    q <- quantile(survfit(Surv(time, event) ~ 1, d, conf.type = "log-log"), 0.5)
    add(study, endpoint, "log-log median", "", c(q$quantile, q$lower, q$upper))
    for (column in setdiff(names(adsl), c("USUBJID", "AGE"))) {
      g <- d[[column]]; if (length(unique(g)) < 2) next
      for (level in sort(unique(g))) add(study, endpoint, "median", paste0(column, "=", level), spss(d$time[g == level], d$event[g == level]))
      add(study, endpoint, "log-rank P", column, rank_p(d, g))
    }
    if (study == "quzhou-2025" && endpoint == "PFSR") {
      m <- summary(coxph(Surv(time, event) ~ I(ECOG == "2"), d, control = coxph.control(eps = 1e-12)))
      add(study, endpoint, "hazard ratio", "ECOG=2", c(m$conf.int[c(1, 3, 4)], m$coefficients[5]))
    }
  }
}
write.csv(rows, "tests/reference/reconstructed.csv", row.names = FALSE)
