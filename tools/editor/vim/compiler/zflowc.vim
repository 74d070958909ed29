" zflowc as the program of :make: the findings of the file, one a line
if exists("current_compiler")
    finish
endif
let current_compiler = "zflowc"

CompilerSet makeprg=zflowc\ --check\ --format\ concise\ %:S
" A finding with a place, one without, and what the tool itself has to say, perhaps about a project file.
CompilerSet errorformat=%f:%l:%c:\ %trror%m,%f:%l:%c:\ %tarning%m,%trror[%m,%tarning[%m,zflowc:\ %f:%l:%c:\ %m,zflowc:\ %m
