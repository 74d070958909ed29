" zflowc as the program of :make: the findings of the file, one a line
if exists("current_compiler")
    finish
endif
let current_compiler = "zflowc"

CompilerSet makeprg=zflowc\ --check\ --format\ concise\ %:S
" A finding with a place, one without, and what the tool itself has to say, perhaps about a project file. Columns count
" characters: what Vim calls virtual columns is nearer to that than bytes.
CompilerSet errorformat=%f:%l:%v:\ %trror%m,%f:%l:%v:\ %tarning%m,%trror[%m,%tarning[%m,zflowc:\ %f:%l:%v:\ %m,zflowc:\ %m
