# An outcome model averaged over another population, by survival and base R: Cox model and its predicted curves, logistic model.
# Run: Rscript tests/reference/standardized.R. Reads data_external_own.csv, data_external_control.csv, data_population.csv (64 drawn
# patients: age, male, ecog0, smoke; any would do); writes standardized.csv beside itself.
suppressMessages(library(survival))
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
read <- function(name) read.csv(file.path(here, paste0("data_", name, ".csv")))
own <- read("external_own"); control <- read("external_control"); there <- read("population")
rows <- NULL; keep <- function(name, value) rows <<- rbind(rows, data.frame(name = name, value = unname(value)))
exactly <- coxph.control(eps = 1e-14, toler.chol = 1e-14, iter.max = 100)
curve <- function(fit, people) { s <- survfit(fit, newdata = people, se.fit = FALSE); list(time = s$time[s$n.event > 0], surv = rowMeans(s$surv)[s$n.event > 0]) }
as_rows <- function(s, end, size) data.frame(time = c(s$time, max(end, tail(s$time, 1))), event = c(rep(1, length(s$time)), 0), w = size * c(-diff(c(1, s$surv)), tail(s$surv, 1)))
fit <- coxph(Surv(time, event) ~ age + male + ecog0 + smoke, own, control = exactly); s <- curve(fit, there)
for (t in c(90, 180, 365)) keep(paste("survival", t), tail(s$surv[s$time <= t], 1))
a <- as_rows(s, max(own$time), nrow(own)); d <- rbind(data.frame(a, arm = 1), data.frame(control[c("time", "event")], w = 1, arm = 0))
keep("coef", coef(coxph(Surv(time, event) ~ arm, d[d$w > 0, ], weights = w, control = exactly)))
at <- function(g) { v <- d[d$arm == g & d$w > 0, ]; f <- survfit(Surv(time, event) ~ 1, v, weights = v$w); c(summary(f, times = 180)$surv, summary(f, rmean = 300)$table["rmean"]) }
keep("share", at(1)[1] - at(0)[1]); keep("mean", at(1)[2] - at(0)[2])
keep("response", mean(predict(glm(prior > 2 ~ age + male + ecog0 + smoke, binomial, own, control = list(epsilon = 1e-14)), there, type = "response")))
# anchored: every second patient treated; age and smoking may change the effect
for (v in names(there)) { own[[v]] <- own[[v]] - mean(there[[v]]); there[[v]] <- there[[v]] - mean(there[[v]]) }
own$z <- rep(1:0, length.out = nrow(own)); fit <- coxph(Surv(time, event) ~ z + age + male + ecog0 + smoke + z:age + z:smoke, own, control = exactly)
parts <- lapply(0:1, function(g) data.frame(as_rows(curve(fit, transform(there, z = g)), max(own$time), 1), z = g)); d <- do.call(rbind, parts)
keep("averaged", coef(coxph(Surv(time, event) ~ z, d[d$w > 0, ], weights = w, ties = "breslow", control = exactly))); keep("centred", coef(fit)["z"])
rows$value <- format(rows$value, digits = 15, trim = TRUE); write.csv(rows, file.path(here, "standardized.csv"), row.names = FALSE, quote = FALSE)
