#!/usr/bin/env bash
# Makes the pictures of the dashboard beside this file:
#
#   cargo build --release
#   screenshots/make.sh target/release/mnv1-tui [TRAIN-ARGUMENT...]
#
# Trains (by default `--dataset shapes --alpha .25 --device cpu`) in an xterm on a display of its
# own, presses the keys of each tab and takes what the terminal shows; then once more, into sixel/,
# in an xterm that draws pictures. EVALUATIONS=N (default 3) is how many evaluations are awaited
# first, so that there is a curve to see. RUN=DIRECTORY shows that run instead of training one: a
# binary built with --no-default-features will do.
# Needs (Debian's names): xvfb xterm xdotool imagemagick fonts-dejavu-core jq.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binary=$(realpath "${1:?usage: make.sh BINARY [TRAIN-ARGUMENT...]}")
shift
[ $# -gt 0 ] || set -- --dataset shapes --alpha .25 --device cpu
evaluations=${EVALUATIONS:-3}
out=${OUT:-$here}
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT

# until_true SECONDS WHAT COMMAND...: waits until the command succeeds.
until_true() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "waited in vain for $what" >&2 && exit 1; }
        sleep 0.2
    done
}

# events FILTER: the events of the run for which the jq filter holds, one a line.
events() {
    cat "$scratch"/runs/*/events.jsonl 2>/dev/null | jq -cR "fromjson? | select($1)"
}
seen() { [ "$(events "$1" | wc -l)" -ge "${2:-1}" ]; }
said() { [ "$(events '.type == "phase"' | tail -n 1 | jq -r .phase)" = "$1" ]; }

# What an xterm needs to draw pictures: a VT340 had sixel, with fewer colours.
sixel=(-ti vt340 -xrm '*numColorRegisters: 256' -xrm '*maxGraphicSize: 2000x2000')

# terminal TITLE COLUMNSxROWS+X+Y COMMAND...: an xterm with the options in `also` that can be found
# by its title. A shell behind it keeps a last message to be read when the command fails.
also=()
terminal() {
    local title=$1 geometry=$2
    shift 2
    # shellcheck disable=SC2016 # the inner shell expands them
    xterm -T "$title" -geometry "$geometry" -fa 'DejaVu Sans Mono' -fs 11 \
        -bg black -fg gray90 -b 4 +sb -bc -xrm '*allowTitleOps: false' -xrm '*directColor: true' \
        "${also[@]}" -e env COLORTERM=truecolor bash -c '"$@" || { echo "status $?"; sleep 60; }' - "$@" &
    until_true 20 "the window $title" xdotool search --name "^$title\$" >/dev/null
}
window() { xdotool search --name "^$1\$" | tail -n 1; }

# keys TITLE KEY...: presses them, as a keyboard does.
keys() {
    local id
    id=$(window "$1")
    shift
    xdotool windowfocus --sync "$id" key --delay 120 "$@"
}

# Pixels that differ between the window and a picture of it.
changed() {
    import -silent -window "$(window "$1")" "$scratch/now.png"
    local pixels
    pixels=$(compare -metric AE "$scratch/before.png" "$scratch/now.png" null: 2>&1) || true
    [ "${pixels%%.*}" -gt "$2" ]
}

# An empty terminal has three colours: paper, ink and cursor.
filled() {
    import -silent -window "$(window "$1")" "$scratch/now.png"
    [ "$(identify -format %k "$scratch/now.png")" -gt 20 ]
}

# picture TITLE NAME KEY...: presses the keys, waits for the screen to change, and keeps it.
picture() {
    local title=$1 name=$2
    shift 2
    import -silent -window "$(window "$title")" "$scratch/before.png"
    if [ $# -gt 0 ]; then
        keys "$title" "$@"
        until_true 20 "$name to show" changed "$title" 3000
    fi
    sleep 1.3 # a frame may be half drawn, and digits count as a number for a second
    import -silent -window "$(window "$title")" -strip +dither -colors 200 "png8:$out/$name.png"
    echo "$out/$name.png"
}

mkfifo "$scratch/display"
Xvfb -displayfd 3 -screen 0 2400x1000x24 -nolisten tcp 3>"$scratch/display" 2>"$scratch/xvfb" &
read -r display <"$scratch/display"
export DISPLAY=:$display

if [ -n "${RUN:-}" ]; then
    run=$(basename "$RUN")
    runs=$(dirname "$(realpath "$RUN")")
    terminal wide 120x40+0+0 "$binary" watch "$run" --runs-dir "$runs"
    until_true 20 'the window to fill' filled wide
else
    runs=$scratch/runs
    terminal wide 120x40+0+0 "$binary" train --runs-dir "$runs" "$@"
    until_true 600 'the first step' seen '.type == "step"'
    run=$(basename "$scratch"/runs/*)
    until_true 3600 "$evaluations evaluations" seen '.type == "evaluated"' "$evaluations"
    until_true 60 'training to go on' said training
fi

picture wide layers 2
picture wide confusion 3
picture wide samples 4
picture wide network 5 j j j j j
picture wide log 6
picture wide train 1
terminal small 80x24+1300+0 "$binary" watch "$run" --runs-dir "$runs"
until_true 20 'the small window to fill' filled small
picture small train-80x24
keys small q Return

mkdir -p "$out/sixel"
also=("${sixel[@]}")
terminal pixels 120x40+1300+0 "$binary" watch "$run" --runs-dir "$runs" --graphics sixel
until_true 20 'the window with pictures to fill' filled pixels
picture pixels sixel/train
picture pixels sixel/layers 2
picture pixels sixel/confusion 3
picture pixels sixel/samples 4
picture pixels sixel/sample Return
picture pixels sixel/network Escape 5 j j j j j
picture pixels sixel/log 6
keys pixels q Return

keys wide q Return
[ -n "${RUN:-}" ] || until_true 120 'the end' said ended
