" Colours of zflow. Words are keywords only where they begin something: `role`, `output` or `stage` may as well be the
" names of settings. Of matches that begin at the same place Vim takes the one that is defined last.
if exists("b:current_syntax")
    finish
endif
let s:cpo = &cpo
set cpo&vim
syntax case match
" What follows a word that begins something is no operator, and a name is no `if` either.
let s:operator = '\%(and\|or\|in\|is\|then\|else\)\>'
let s:value = '\%(' .. s:operator .. '\)\@!'
let s:name = s:value .. '\%(if\>\)\@!\h'

" ---- names
syntax match zflowFunction /\<\l\w*\ze(/
syntax match zflowType /\<\u\w*\>/
syntax match zflowOperator /\.\.\.\|??\|=>\|[=!<>]=\|[-+*%<>=!?|]\|\/\%([/*]\)\@!/
syntax match zflowMember /?\?\.\@1<!\.\.\@!\s*\h\w*/

" ---- words
syntax match zflowConstant /\<\%(true\|false\|none\)\>/
syntax match zflowControl /\<\%(if\|then\|else\|for\)\>/
syntax match zflowWordOperator /\<\%(and\|or\|not\|in\|is\)\>/
execute 'syntax match zflowWordOperator /\%([[:alnum:]_>?]\s\)\@2<=at\ze\s\+' .. s:value .. '[[:alpha:]_"(]/'
syntax match zflowControl /\%([[:alnum:]_"}]\s\)\@2<=as\ze\s\+\h/
execute 'syntax match zflowControl /\<\%(match\|wait\|require\|catch\|access\)\ze\s\+' .. s:value .. '[[:alnum:]_"([{]/'
syntax match zflowControl /\<\%(try\|catch\|grant\)\ze\s*{/
syntax match zflowControl /\<parallel\ze\%(\s*{\|\s\+(\)/
syntax match zflowControl /\<poll\ze\s*(/
execute 'syntax match zflowControl /\<\%(return\|skip\)\>\%((\|\s*[:=,.)\]]\)\@!\%(\s*' .. s:operator .. '\)\@!/'
execute 'syntax match zflowControl /\<\%(yield\|until\)\>\%((\|\s*[:=,.)\]}]\)\@!\%(\s*' .. s:operator .. '\)\@!/'
execute 'syntax match zflowControl /\<fail\ze\s\+' .. s:name .. '/ nextgroup=zflowType skipwhite'

" ---- declarations
execute 'syntax match zflowImport /\<import\ze\s\+' .. s:value .. '[[:alpha:]_"]/'
execute 'syntax match zflowDeclaration /\<\%(stack\|option\|param\|const\|secret\|container\|output\|let\|role\)\ze\s\+'
    \ .. s:name .. '/ nextgroup=zflowDeclared skipwhite'
execute 'syntax match zflowDeclaration /\<\%(dataset\|type\|pipeline\|function\)\ze\s\+'
    \ .. s:name .. '/ nextgroup=zflowDefined skipwhite'
execute 'syntax match zflowDeclaration /\<\%(stage\|resource\|call\|cfn\)\ze\s\+'
    \ .. s:name .. '/ nextgroup=zflowMade skipwhite'
syntax match zflowDeclaration /\<\%(stage\|resource\)\s\+kind\ze\s\+\h\w*\s*(/ nextgroup=zflowDefined skipwhite
syntax match zflowDeclared /\h\w*/ contained
syntax match zflowDefined /\h\w*/ contained
syntax match zflowMade /\h\w*/ contained nextgroup=zflowIs skipwhite
syntax match zflowIs /==\@!/ contained nextgroup=zflowKind skipwhite
syntax match zflowKind /\h[[:alnum:]_.]*/ contained

" ---- entries, settings, arguments
syntax match zflowKey /\<\h\w*\ze\s*:/

" ---- numbers
syntax match zflowBadNumber /\<\d\w*/
syntax match zflowNumber /\<\d[0-9_]*\>/
syntax match zflowNumber /\<\d\+[KMGT]i\?B\>/
syntax match zflowNumber /\<\%(\d\+[smhdw]\)\+\>/
syntax match zflowNumber /\<\d[0-9_]*\%(\.\d[0-9_]*\%([eE][+-]\?\d\+\)\?\|[eE][+-]\?\d\+\)\>/
syntax match zflowNumber /\<\d\{4}-\d\d-\d\d\>/
syntax match zflowInstance /\<ml\.[a-z0-9-]\+\.[a-z0-9-]\+/

" ---- brackets: the `}` of an interpolation has to be found, and a list has no keys: `[for x in xs if x != none: x]`
syntax region zflowBraces start=/{/ end=/}/ transparent fold contains=TOP
syntax region zflowParens start=/(/ end=/)/ transparent contains=TOP
syntax region zflowList start=/\[/ end=/\]/ transparent contains=TOP,zflowKey
" { for name in list if condition: key => value }: what stands before the colon is no key
syntax region zflowEach matchgroup=zflowControl start=/{\@1<=\s*for\>\%(\s*[:,}]\)\@!/
    \ matchgroup=NONE end=/:/ end=/[{}]\@=/ contains=TOP,zflowKey

" ---- texts
syntax match zflowEscape /\\\%([nrt"\\$]\|u{\x\{1,6}}\)/ contained
syntax match zflowBadEscape /\\\%([nrt"\\$]\|u{\x\{1,6}}\)\@!./ contained
syntax match zflowBlockEscape /\\\${/ contained
syntax region zflowInterpolation matchgroup=zflowDelimiter start=/\${/ end=/}/ contained contains=TOP
syntax region zflowString start=/"/ end=/"/ end=/$/ contains=zflowEscape,zflowBadEscape,zflowInterpolation,@Spell
syntax region zflowString start=/"""/ end=/"""/ contains=zflowBlockEscape,zflowInterpolation,@Spell

" ---- comments
syntax match zflowAllow /\%(\/\/\s*\)\@<=zflow:\s*allow\s*[a-z0-9-]\+/ contained
syntax match zflowComment /\/\/.*/ contains=zflowAllow,@Spell
syntax match zflowDoc /\/\/\/\/\@!.*/ contains=@Spell
syntax region zflowComment start=/\/\*/ end=/\*\// contains=@Spell

syntax sync fromstart

highlight default link zflowAllow SpecialComment
highlight default link zflowBadEscape Error
highlight default link zflowBadNumber Error
highlight default link zflowBlockEscape SpecialChar
highlight default link zflowComment Comment
highlight default link zflowConstant Constant
highlight default link zflowControl Statement
highlight default link zflowDeclaration Keyword
highlight default link zflowDeclared Identifier
highlight default link zflowDefined Function
highlight default link zflowDelimiter Special
highlight default link zflowDoc SpecialComment
highlight default link zflowEscape SpecialChar
highlight default link zflowFunction Function
highlight default link zflowImport Include
highlight default link zflowInstance Constant
highlight default link zflowIs Operator
highlight default link zflowKey Identifier
highlight default link zflowKind Type
highlight default link zflowMade Identifier
highlight default link zflowNumber Number
highlight default link zflowOperator Operator
highlight default link zflowString String
highlight default link zflowType Type
highlight default link zflowWordOperator Operator

let b:current_syntax = "zflow"
let &cpo = s:cpo
unlet s:cpo s:operator s:value s:name
