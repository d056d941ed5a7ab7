# shellcheck shell=bash disable=SC2034,SC2154
# RabbitMQ, as `hold` starts it: a node with an epmd of its own. Sourced, never run.

name=RabbitMQ
packages=(rabbitmq-server)
variable=PYNOMALY_TEST_AMQP
user=rabbitmq
ready='Server startup complete'
graceful=TERM

# The folder of its programs; those in PATH are Debian's wrappers, which change the user.
programs() {
    local folder=/usr/lib/rabbitmq/bin
    [[ -d $folder ]] || folder=$(dirname "$(command -v rabbitmq-server)")
    echo "$folder"
}

installed() { [[ -x $(programs)/rabbitmq-server ]]; }

choose_ports() {
    local helper
    for helper in "${helpers[@]}"; do kill_tree "$helper"; done
    helpers=()
    port=$(free_port)
    epmd_port=$(free_port)
    distribution_port=$(free_port)
    write_configuration
    environment=(
        ERL_EPMD_ADDRESS=127.0.0.1
        ERL_EPMD_PORT="$epmd_port"
        RABBITMQ_NODENAME="pynomaly-test-$$@localhost"
        RABBITMQ_DIST_PORT="$distribution_port"
        RABBITMQ_CTL_DIST_PORT_MIN=20000
        RABBITMQ_CTL_DIST_PORT_MAX=31999
        RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
        RABBITMQ_MNESIA_BASE="$folder/data"
        RABBITMQ_LOG_BASE="$folder/logs"
        RABBITMQ_LOGS=-
        RABBITMQ_CONFIG_FILE="$folder/rabbitmq.conf"
        RABBITMQ_ENABLED_PLUGINS_FILE="$folder/enabled_plugins"
        # files that are not there, lest it reads those of the machine's own broker
        RABBITMQ_CONF_ENV_FILE="$folder/none"
        RABBITMQ_ADVANCED_CONFIG_FILE="$folder/none.config"
        # makes its script become the broker instead of waiting for it, so that signals reach it
        RUNNING_UNDER_SYSTEMD=true
    )
}

# The default user is made at the first start, and again after a reset.
write_configuration() {
    cat >"$folder/rabbitmq.conf" <<END
listeners.tcp.1 = 127.0.0.1:$port
default_user = pynomaly
default_pass = $(cat "$folder/password")
disk_free_limit.absolute = 1MB
END
    own "$folder/rabbitmq.conf"
}

create() {
    random_word >"$folder/password"
    random_word >"$folder/home/.erlang.cookie"
    chmod 400 "$folder/home/.erlang.cookie"
    echo '[].' >"$folder/enabled_plugins"
    own "$folder/password" "$folder/home/.erlang.cookie" "$folder/enabled_plugins"
}

# Without an epmd that answers, the node would start one that stays.
launch() {
    if ((${#helpers[@]} == 0)); then
        launch_program epmd -port "$epmd_port" -address 127.0.0.1
        server=$started
        helpers=("$started")
        wait_for epmd_answers || return 0
    fi
    launch_program "$(programs)/rabbitmq-server" -noinput
    server=$started
}

epmd_answers() { (: <>"/dev/tcp/127.0.0.1/$epmd_port") 2>/dev/null; }

url() { echo "amqp://pynomaly:$(cat "$folder/password")@127.0.0.1:$port/%2f"; }

control() {
    (become "$(programs)/rabbitmqctl" --quiet "$@") || fail "rabbitmqctl $1 failed"
}

# A broker that has forgotten everything, on the same port and with the same password.
reset() {
    stop
    rm -rf "$folder/data"
    start || fail "$name did not start again within $patience s"
}

# The memory alarm: publishers are told `connection.blocked` and are read no more.
block() { control set_vm_memory_high_watermark 0; }

unblock() { control set_vm_memory_high_watermark 0.4; }
