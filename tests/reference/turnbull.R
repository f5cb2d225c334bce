# Turnbull's estimate by the self-consistent EM algorithm in base R, another way than smallsurv climbs.
# Run: Rscript tests/reference/turnbull.R. Reads data_lung.csv; writes data_intervals.csv, turnbull.csv beside itself.
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)[1]))
d <- read.csv(file.path(here, "data_lung.csv")); set.seed(7)
visits <- lapply(seq_len(nrow(d)), function(i) round(cumsum(sample(40:80, 20, TRUE)))) # each patient is seen every 40 to 80 days
left <- sapply(seq_len(nrow(d)), function(i) max(0, visits[[i]][visits[[i]] < d$time[i]]))
right <- ifelse(d$event == 1, sapply(seq_len(nrow(d)), function(i) min(visits[[i]][visits[[i]] >= d$time[i]])), Inf)
some <- which(d$event == 1)[1:12]; left[some] <- right[some] <- d$time[some] # known to the day
write.csv(data.frame(left, right), file.path(here, "data_intervals.csv"), row.names = FALSE, quote = FALSE)
exact <- left == right
e <- rbind(data.frame(x = left, kind = ifelse(exact, 0, 2), side = "L"), data.frame(x = right, kind = 1, side = "R"))
e <- e[order(e$x, e$kind), ]; k <- which(e$side[-nrow(e)] == "L" & e$side[-1] == "R")
cells <- unique(data.frame(left = e$x[k], right = e$x[k + 1]))
A <- outer(left, cells$left, "<=") & outer(right, cells$right, ">="); point <- cells$left == cells$right
A[, point] <- outer(left, cells$left[point], "<") & outer(right, cells$right[point], ">="); for (i in which(exact)) A[i, ] <- cells$left == left[i] & cells$right == right[i]
p <- rep(1 / nrow(cells), nrow(cells))
for (step in 1:200000) { q <- colMeans(t(t(A) * p) / c(A %*% p)); if (max(abs(q - p)) < 1e-14) break; p <- q }
cells$mass <- p; cells$loglik <- sum(log(A %*% p)); cells$mass <- format(cells$mass, digits = 15, scientific = FALSE, trim = TRUE); cells$loglik <- format(cells$loglik, digits = 15)
write.csv(cells, file.path(here, "turnbull.csv"), row.names = FALSE, quote = FALSE); cat(step, "steps\n")
