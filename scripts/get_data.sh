#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Puts the 20 Newsgroups posts ("bydate" split) into a folder, data/20news unless another is given.
# The archive is the one named in NEWSCLF_DATA_ARCHIVE, else it comes from the data set's home page.
# Checked are the posts, not the archive: a repacked one passes, a damaged one does not.
set -euo pipefail

# Names of the caller's, before we leave its folder.
folder=${1:+$(realpath -m "$1")}
archive=${NEWSCLF_DATA_ARCHIVE:+$(realpath -m "$NEWSCLF_DATA_ARCHIVE")}
cd "$(dirname "$0")/.."
folder=${folder:-data/20news}
home_page=http://qwone.com/~jason/20Newsgroups/20news-bydate.tar.gz
posts=18846
# SHA-256 over the lines `sha256  path` of all posts in byte order of their paths.
digest=0b04bb9dd73f34e32a5c24857f0c17629716ab7afcbf71608f75ed216a86ffce
say() { echo "get_data: $*" >&2; }

if [ -d "$folder/20news-bydate-train" ]; then # it is put in place whole, see below
  say "$folder is there"
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
    say "no archive to be had; name one in NEWSCLF_DATA_ARCHIVE"
    exit 1
  fi
elif [ ! -r "$archive" ]; then
  say "NEWSCLF_DATA_ARCHIVE: $archive cannot be read; name another, or unset it to download"
  exit 1
fi

mkdir "$work/posts"
if ! tar -xzf "$archive" -C "$work/posts"; then
  say "$archive: not a whole .tar.gz; get it again"
  exit 1
fi
cd "$work/posts"
found_posts=$(find . -type f | wc -l)
found_digest=$(find 20news-bydate-train 20news-bydate-test -type f -print0 2>/dev/null |
  LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1)
cd - >/dev/null
if [ "$found_posts" -ne $posts ] || [ "$found_digest" != $digest ]; then
  say "$archive: expected $posts posts with digest $digest, found $found_posts with $found_digest; get it again"
  exit 1
fi
chmod 755 "$work/posts"
[ ! -d "$folder" ] || rmdir "$folder"
mv "$work/posts" "$folder"
say "$folder: $posts posts"
