# Completion of jackfield in bash.

_jackfield_completion() {
    local line=${COMP_LINE:0:COMP_POINT} type value
    local word=${line##*[[:space:]]}
    # Bash breaks words at colons and equals signs too, and replaces only what follows the last break.
    local said=${word%"${word##*[$COMP_WORDBREAKS]}"}

    COMPREPLY=()
    while IFS=, read -r type value; do
        value=${value%%$'\t'*}
        case $type in
            plain)
                # Names come from servers: none may be run as part of the line.
                printf -v value %q "${value#"$said"}"
                COMPREPLY+=("$value")
                ;;
            file) compopt -o default 2>/dev/null ;;
            dir) compopt -o dirnames 2>/dev/null ;;
        esac
    done < <(_JACKFIELD_COMPLETE=fish_complete COMP_WORDS=$line COMP_CWORD=$word "$1")

    # An argument's name waits for its value.
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    return 0
}

# Bash before 4.4, that of macOS, knows no nosort.
complete -o nosort -F _jackfield_completion jackfield 2>/dev/null ||
    complete -F _jackfield_completion jackfield
