#!/bin/sh
# Cleans up after a process that may be killed at any moment, also by SIGKILL. Only that process
# holds the other end of this script's standard input, and writes lines to it:
#   process PID SIGNAL    end this process with that signal; -PID: all processes of its group
#   gone PID              this process has ended
#   directory PATH        remove this directory when the processes have ended
# The work starts when the pipe closes. A process that is alive 10 s after its signal gets SIGKILL.
trap '' HUP INT TERM
processes=
while read -r what rest; do
  case $what in
    process) processes="$processes ${rest% *}:${rest#* }" ;;
    gone)
      left=
      for one in $processes; do [ "${one%:*}" = "$rest" ] || left="$left $one"; done
      processes=$left
      ;;
    directory) set -- "$@" "$rest" ;;
  esac
done
for one in $processes; do kill "-${one#*:}" "${one%:*}" 2>/dev/null; done
tries=0
while [ $tries -lt 100 ]; do
  alive=
  for one in $processes; do kill -0 "${one%:*}" 2>/dev/null && alive=yes; done
  [ -z "$alive" ] && break
  sleep 0.1
  tries=$((tries + 1))
done
for one in $processes; do kill -KILL "${one%:*}" 2>/dev/null; done
for one in "$@"; do rm -rf "$one"; done
