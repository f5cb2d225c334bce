# Where information runs out: R survival on sets with ties by float noise, levels of whom nobody is at risk at an event,
# one event, n = 2, separated levels. Run: Rscript tests/reference/edges.R (writes edges_data.csv, edges.csv, permuted.csv).
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
write <- function(x, name) write.csv(x, file.path(here, name), row.names = FALSE, quote = FALSE)
kinds <- c("noise", "idle", "reference_idle", "one_event", "separated", "few")
draw <- function(kind, s) {
  set.seed(1000 * match(kind, kinds) + s)
  n <- if (kind == "few") 2 + s %% 4 else c(9, 14, 21, 30, 45)[1 + s %% 5]
  k <- if (kind == "few") 2 else 2 + s %% 3
  g <- sample(rep_len(0:(k - 1), n)); x <- round(rnorm(n), 2)
  time <- round(rexp(n, 0.12) + 0.5, 1); event <- rbinom(n, 1, 0.7)
  if (kind == "one_event") { event[] <- 0; event[order(time)[ceiling(n / 3)]] <- 1 }
  if (kind == "noise") {  # the same tenths, reached by a subtraction, a product or a sum
    way <- seq_len(n) %% 3
    time <- ifelse(way == 0, (time + 2.1) - 2.1, ifelse(way == 1, (time * 3) / 3, time + 4.4e-16 * time))
  }
  if (kind %in% c("idle", "reference_idle")) {  # nobody of that level outlives the first event
    level <- if (kind == "idle") k - 1 else 0
    event[g == level] <- 0; first <- min(time[event == 1])
    time[g == level] <- first / 2
  }
  if (kind == "separated") event[g == k - 1] <- 0
  data.frame(set = paste(kind, s, sep = "_"), time, event, group = g, x)
}
sets <- list()
for (kind in kinds) for (s in 1:14) { d <- draw(kind, s); if (sum(d$event)) sets[[d$set[1]]] <- d }
rows <- do.call(rbind, sets)
rows$time <- sprintf("%.17g", rows$time)
write(rows, "edges_data.csv")
found <- NULL
add <- function(set, name, value) found <<- rbind(found, data.frame(set, name, value = sprintf("%.12g", value)))
for (name in names(sets)) {
  d <- sets[[name]]
  f <- survfit(Surv(time, event) ~ 1, d, conf.type = "log-log"); q <- quantile(f, 0.5)
  add(name, "median", unname(q$quantile)); add(name, "median_low", unname(q$lower)); add(name, "median_high", unname(q$upper))
  if (length(unique(d$group)) > 1) {
    r <- tryCatch(survdiff(Surv(time, event) ~ group, d), error = function(e) NULL)
    if (!is.null(r)) { add(name, "log_rank", r$chisq); add(name, "log_rank_df", sum(r$exp > 0) - 1) }
  }
  warned <- FALSE
  m <- withCallingHandlers(tryCatch(coxph(Surv(time, event) ~ factor(group) + x, d, control = coxph.control(eps = 1e-12, iter.max = 60)),
        error = function(e) NULL), warning = function(w) { warned <<- TRUE; invokeRestart("muffleWarning") })
  if (is.null(m) || sum(d$event) < 5) next
  se <- sqrt(diag(vcov(m, complete = TRUE)))
  for (j in seq_along(coef(m))) { add(name, paste0("coef_", names(coef(m))[j]), coef(m)[j]); add(name, paste0("se_", names(coef(m))[j]), se[j]) }
  add(name, "loglik", m$loglik[2]); add(name, "warned", as.numeric(warned))
  null <- coxph(Surv(time, event) ~ x, d, control = coxph.control(eps = 1e-12))
  df <- sum(!is.na(coef(m))) - sum(!is.na(coef(null)))
  if (df > 0) add(name, "p_group", pchisq(2 * (m$loglik[2] - null$loglik[2]), df, lower.tail = FALSE))
}
write(found, "edges.csv")
# The log-rank chi-square under every assignment of the subjects to the groups: share at least the one seen.
chisq <- function(time, event, g) tryCatch({ r <- survdiff(Surv(time, event) ~ g); if (is.finite(r$chisq)) r$chisq else 0 }, error = function(e) 0)
permuted <- function(d) {
  n <- nrow(d); seen <- chisq(d$time, d$event, d$group)
  p <- combn(n, sum(d$group == 1), function(i) { g <- rep(0, n); g[i] <- 1; chisq(d$time, d$event, g) })
  mean(p >= seen * (1 - 1e-9) - 1e-12)
}
permuted3 <- function(d) {
  n <- nrow(d); seen <- chisq(d$time, d$event, d$group); hits <- 0; total <- 0
  for (one in combn(n, sum(d$group == 1), simplify = FALSE)) { rest <- setdiff(seq_len(n), one)
    for (two in combn(rest, sum(d$group == 2), simplify = FALSE)) {
      g <- rep(0, n); g[one] <- 1; g[two] <- 2; total <- total + 1; hits <- hits + (chisq(d$time, d$event, g) >= seen * (1 - 1e-9) - 1e-12) } }
  hits / total
}
p <- NULL
for (name in c("small", "ties", "two", "half", "one_event")) p <- rbind(p, data.frame(set = name, p = permuted(read.csv(file.path(here, paste0("data_", name, ".csv"))))))
p <- rbind(p, data.frame(set = "three", p = permuted3(read.csv(file.path(here, "data_three.csv")))))
# Unequal follow-up: the second group is watched for four months only.
short <- data.frame(time = c(3.1, 5.2, 6.6, 8.4, 9.9, 12.3, 15.0, 17.2, 0.9, 1.4, 2.2, 2.8, 3.5, 4, 4, 4),
                    event = c(1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 0), group = rep(0:1, each = 8))
write(short, "data_short.csv"); p <- rbind(p, data.frame(set = "short", p = permuted(short)))
p$p <- sprintf("%.15g", p$p); write(p, "permuted.csv")
