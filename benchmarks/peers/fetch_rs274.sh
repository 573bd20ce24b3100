#!/bin/sh
# Unpacks LinuxCNC's stand-alone interpreter `rs274` into a folder of its own, for `make bench-nc`.
# It needs Debian 12's package archive; nothing is installed. Where it cannot be had, the benchmark leaves it out.
set -eu
mkdir -p "$1"
cd "$1"
[ -x rs274 ] && exit 0
apt-get download linuxcnc-uspace libboost-python1.74.0
for package in *.deb; do dpkg-deb --extract "$package" .; done
rm -f ./*.deb
cat > rs274 <<END
#!/bin/sh
LD_LIBRARY_PATH=$PWD/usr/lib:$PWD/usr/lib/x86_64-linux-gnu exec $PWD/usr/bin/rs274 "\$@"
END
chmod +x rs274
