suppressMessages(library(survival))
# Fewest changes of outcome that move the log-rank P across 0.05, every set of patients tried: events and groups by time.
for(l in c("100001111 100001111","00010000 11101100")){z<-strsplit(l," ")[[1]];e<-as.integer(strsplit(z[1],"")[[1]]);g<-as.integer(strsplit(z[2],"")[[1]]);n<-length(e);t<-1:n
p<-function(e)if(sum(e)==0)1 else tryCatch({q<-survdiff(Surv(t,e)~g);if(q$var[1,1]<1e-12)1 else 1-pchisq(q$chisq,1)},error=function(x)1)
b<-p(e)<.05;best<-99;for(m in 1:(2^n-1)){f<-as.integer(intToBits(m))[1:n];k<-sum(f);if(k<best){x<-ifelse(f==1,1-e,e);if((p(x)<.05)!=b)best<-k}};cat(l,p(e),best,"\n")}
