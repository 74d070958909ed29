autocmd BufRead,BufNewFile *.zflow setfiletype zflow
