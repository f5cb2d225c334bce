# Files of SPSS, Stata and SAS, and what R's own reader (foreign, no code in common with ReadStat) finds in the first two.
# Rscript tests/reference/statfiles.R, from the project's folder; needs haven (to write) and foreign (to read).
library(haven)
folder <- "tests/reference/statfiles"
dir.create(folder, showWarnings = FALSE)
died <- as.Date(c("2024-03-05", NA, "2023-01-01", NA, "2000-02-29"))
id <- c("P1", "P2", "P3", "P4", "P5")
age <- c(60, 999, 70.5, NA, 55)
sex <- c(1, 2, 1, 9, 2)
sexes <- c(Male = 1, Female = 2, Unknown = 9)
spss <- data.frame(id = id)
spss$age <- labelled_spss(age, na_range = c(900, 999), label = "Age at rechallenge")
spss$sex <- labelled_spss(sex, sexes, na_values = 9)
spss$grade <- labelled_spss(c("G1", "", "G3", "ND", "G2"), na_values = "ND")
spss$died <- died
write_sav(spss, file.path(folder, "small.sav"))
plain <- data.frame(id = id, age = age, died = died)
plain$sex <- labelled(sex, sexes)
write_dta(plain, file.path(folder, "small.dta"), version = 12)
plain$sex <- sex
suppressWarnings(write_sas(plain, file.path(folder, "small.sas7bdat")))

iso <- function(x) ifelse(is.na(x), "", format(x))
text <- function(x) ifelse(is.na(x), "", trimws(as.character(x)))
d <- foreign::read.spss(file.path(folder, "small.sav"), to.data.frame = TRUE, use.value.labels = FALSE, use.missings = TRUE)
v <- suppressWarnings(foreign::read.spss(file.path(folder, "small.sav"), to.data.frame = TRUE, use.value.labels = TRUE, use.missings = TRUE))
sav <- data.frame(file = "small.sav", id = text(d$id), age = text(d$age), sex = text(d$sex), label = text(v$sex),
                  grade = text(d$grade), died = iso(as.Date(d$died / 86400, origin = "1582-10-14")))
s <- foreign::read.dta(file.path(folder, "small.dta"), convert.factors = FALSE)
l <- foreign::read.dta(file.path(folder, "small.dta"))
dta <- data.frame(file = "small.dta", id = text(s$id), age = text(s$age), sex = text(s$sex), label = text(l$sex),
                  grade = "", died = iso(as.Date(s$died, origin = "1960-01-01")))
write.csv(rbind(sav, dta), file.path(folder, "read_by_r.csv"), row.names = FALSE, quote = FALSE)
