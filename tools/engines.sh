#!/bin/sh
# Knows which programs outside Python the engine and picture tests use, and how to get them.
#
# usage: sh tools/engines.sh install    install what is missing where that is allowed, then report
#        sh tools/engines.sh report     say what is missing and what that costs
# With SHEETNET_REQUIRE_ENGINES=1 a missing program is a failure.
set -u

# One row a program: is it here?
have() {
    case $1 in
        libreoffice) command -v soffice || command -v libreoffice ;;
        uno)         /usr/bin/python3 -c 'import uno' ;;
        gnumeric)    command -v ssconvert ;;
        pdftoppm)    command -v pdftoppm ;;
        chromium)    command -v chromium || command -v chromium-browser || command -v google-chrome ;;
        dejavu)      ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf || fc-list | grep DejaVu ;;
    esac >/dev/null 2>&1
}

# The same rows: its Debian package | what is lost without it.
about() {
    case $1 in
        libreoffice) echo "libreoffice-calc-nogui|LibreOffice and picture tests are skipped" ;;
        uno)         echo "python3-uno|LibreOffice tests that need UNO are skipped" ;;
        gnumeric)    echo "gnumeric|Gnumeric tests are skipped" ;;
        pdftoppm)    echo "poppler-utils|picture tests are skipped" ;;
        chromium)    echo "chromium|the page's browser tests are skipped" ;;
        dejavu)      echo "fonts-dejavu-core|pictures may be drawn in another font" ;;
    esac
}

missing() {
    for program in libreoffice uno gnumeric pdftoppm dejavu chromium; do
        have "$program" || echo "$program"
    done
}

packages() {
    for program in $(missing); do
        about "$program" | cut -d'|' -f1
    done
}

install() {
    wanted=$(packages | tr '\n' ' ')
    [ -n "$wanted" ] || return 0
    # shellcheck disable=SC2086  # a list of words
    sh "$(dirname "$0")/apt.sh" $wanted && return 0
    [ $? -eq 3 ] && return 0    # not allowed here; the report says what to do
    # Older releases have no variant without a graphical interface.
    case $wanted in
        *libreoffice-calc-nogui*)
            # shellcheck disable=SC2046
            sh "$(dirname "$0")/apt.sh" $(echo "$wanted" | sed 's/-nogui//') ;;
    esac
}

report() {
    [ -n "$(missing)" ] || return 0
    for program in $(missing); do
        echo "No $program on this machine: $(about "$program" | cut -d'|' -f2)."
    done
    echo "To have them (Debian, Ubuntu): sudo apt-get install $(packages | tr '\n' ' ')"
    [ "${SHEETNET_REQUIRE_ENGINES:-}" != 1 ] || {
        echo "SHEETNET_REQUIRE_ENGINES=1 demands every one of them." >&2
        return 1
    }
}

case ${1:-} in
    install) install; report ;;
    report)  report ;;
    *)       sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
