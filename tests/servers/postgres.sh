# shellcheck shell=bash disable=SC2034,SC2154
# PostgreSQL, as `hold` starts it. Sourced, never run.

name=PostgreSQL
packages=(postgresql)
variable=PYNOMALY_TEST_POSTGRES
user=postgres
ready='database system is ready to accept connections'
graceful=INT # what it calls a fast shutdown: clients are sent away

# The folder of the newest version's programs, which Debian keeps out of PATH.
programs() {
    local initdb
    initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $initdb ]] || initdb=$(command -v initdb) || initdb=none/initdb
    dirname "$initdb"
}

installed() { [[ -x $(programs)/initdb ]]; }

choose_ports() { port=$(free_port); }

# Text sorts by the rules of a language, as in most databases out there: so no query rests on the
# order of bytes by luck.
create() {
    random_word >"$folder/password"
    own "$folder/password"
    (become "$(programs)/initdb" --pgdata="$folder/data" --username=pynomaly \
        --pwfile="$folder/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
        --locale-provider=icu --icu-locale=en-US --no-sync --no-instructions)
}

# Nothing is synced to disk: a server that is killed has lost nothing that it wrote to its files, and
# no test takes the machine's power away.
launch() {
    launch_program "$(programs)/postgres" -D "$folder/data" -p "$port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" \
        -c max_connections=400 -c shared_buffers=32MB -c fsync=off
    server=$started
}

url() { echo "postgres://pynomaly:$(cat "$folder/password")@127.0.0.1:$port/postgres"; }
