#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Unpacks the 20 Newsgroups posts ("bydate" split) into a folder (default: data/20news). Reads the
# archive named in NEWSCLF_DATA_ARCHIVE, or downloads it from the home page of the data set.
# Verifies the posts, not the archive: a repacked archive passes, a damaged one does not.
set -euo pipefail

# Resolve relative names before changing the folder.
folder=${1:+$(realpath -m "$1")}
archive=${NEWSCLF_DATA_ARCHIVE:+$(realpath -m "$NEWSCLF_DATA_ARCHIVE")}
cd "$(dirname "$0")/.."
folder=${folder:-data/20news}
home_page=http://qwone.com/~jason/20Newsgroups/20news-bydate.tar.gz
posts=18846
# SHA-256 of the lines `sha256  path` of all posts, sorted by the bytes of their paths.
digest=0b04bb9dd73f34e32a5c24857f0c17629716ab7afcbf71608f75ed216a86ffce
say() { echo "get_data: $*" >&2; }

if [ -d "$folder/20news-bydate-train" ]; then # moved into place as a whole, see below
  say "$folder already exists"
  exit 0
fi

mkdir -p "$(dirname "$folder")"
work=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$work"' EXIT

if [ -z "$archive" ]; then
  archive=$work/archive.tar.gz
  say "downloading the posts (14 MB) from $home_page"
  if ! curl --fail --silent --show-error --location --connect-timeout 15 --max-time 600 \
    -o "$archive" "$home_page"; then
    say "cannot download the archive; set NEWSCLF_DATA_ARCHIVE to a local copy"
    exit 1
  fi
elif [ ! -r "$archive" ]; then
  say "NEWSCLF_DATA_ARCHIVE: cannot read $archive; set another file, or unset it to download"
  exit 1
fi

mkdir "$work/posts"
if ! tar -xzf "$archive" -C "$work/posts"; then
  say "$archive: not a valid .tar.gz file; download it again"
  exit 1
fi
cd "$work/posts"
found_posts=$(find . -type f | wc -l)
found_digest=$(find 20news-bydate-train 20news-bydate-test -type f -print0 2>/dev/null |
  LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1)
cd - >/dev/null
if [ "$found_posts" -ne $posts ] || [ "$found_digest" != $digest ]; then
  say "$archive: expected $posts posts with digest $digest, found $found_posts with $found_digest; download it again"
  exit 1
fi
chmod 755 "$work/posts"
[ ! -d "$folder" ] || rmdir "$folder"
mv "$work/posts" "$folder"
say "$folder: $posts posts"
