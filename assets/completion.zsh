#compdef jackfield
# Completion of jackfield in zsh.

_jackfield_completion() {
    local -a answer described plain open
    local type key help

    answer=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) _JACKFIELD_COMPLETE=zsh_complete $words[1])}")
    for type key help in "${answer[@]}"; do
        case $type in
            plain)
                if [[ $help != _ ]]; then
                    described+=("$key:$help")
                elif [[ $key == *= ]]; then
                    open+=("$key")
                else
                    plain+=("$key")
                fi
                ;;
            dir) _path_files -/ ;;
            file) _path_files -f ;;
        esac
    done

    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    # An argument's name waits for its value.
    (( $#open )) && compadd -U -V unsorted -S '' -a open
    return 0
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    # A file of $fpath: this is the first completion already.
    _jackfield_completion "$@"
else
    # Some systems leave it to the user to switch completion on.
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _jackfield_completion jackfield
fi
