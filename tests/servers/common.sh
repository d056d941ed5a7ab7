# shellcheck shell=bash
# What `hold`, the kinds of server and `with-servers` share. Sourced, never run.

# Reads the state and the parent of a process from /proc into the caller's `state` and `parent`.
# Its name stands in brackets before them and may hold anything.
read_process() {
    local line=
    IFS= read -r -d '' line 2>/dev/null <"/proc/$1/stat"
    [[ -n $line ]] && read -r state parent _ <<<"${line##*) }"
} 2>/dev/null

# Whether a process runs. One that has ended and waits to be asked how does not.
alive() {
    local state='' parent=''
    read_process "$1" && [[ $state != [ZX] ]]
}

# A process that this script started and all below it, top first; nothing once it has ended, for
# then its number may be somebody else's.
tree() {
    local -a children=() waiting=("$1")
    local process state='' parent=''
    read_process "$1" && ((parent == $$)) || return 0
    for process in /proc/[0-9]*; do
        process=${process#/proc/}
        read_process "$process" && children[parent]+=" $process"
    done
    while ((${#waiting[@]})); do
        echo "${waiting[0]}"
        # shellcheck disable=SC2206 # one word per child
        waiting=("${waiting[@]:1}" ${children[waiting[0]]:-})
    done
}

# Sends a signal to a process of this script and to all below it.
signal_tree() {
    local -a processes
    mapfile -t processes < <(tree "$2")
    kill -s "$1" "${processes[@]}" 2>/dev/null || true
}

# Kills a process of this script and all below it, without a last word, and sees them gone. They are stopped
# first, so that nothing is born while it looks.
kill_tree() {
    local -a processes
    local process
    signal_tree STOP "$1"
    mapfile -t processes < <(tree "$1")
    kill -s KILL "${processes[@]}" 2>/dev/null || true
    for process in "${processes[@]}"; do
        while alive "$process"; do sleep 0.01; done
    done
}
