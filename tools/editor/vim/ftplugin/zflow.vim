" zflow: comments, indentation, `:make` and `K`
if exists("b:did_ftplugin")
    finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=:////,:///,://,s1:/*,mb:*,ex:*/
setlocal formatoptions-=t formatoptions+=croql
setlocal expandtab shiftwidth=4 softtabstop=4 autoindent smartindent
setlocal suffixesadd=.zflow
setlocal keywordprg=zflowc\ doc

let b:undo_ftplugin = "setlocal commentstring< comments< formatoptions< expandtab< shiftwidth< softtabstop< autoindent<"
    \ .. " smartindent< suffixesadd< keywordprg< makeprg< errorformat<"

compiler zflowc
