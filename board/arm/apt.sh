# SPDX-License-Identifier: MIT
# apt with a state of its own in a folder: it needs no root, and changes nothing of the host's.
# Sourced by bash, by scripts that have say() and die().

# The host's sources, as TYPES for ARCHITECTURE: both formats of sources.list(5) on standard input.
# What else they say, such as the keys to trust, stays.
apt_sources_of_list()
{
	local types=$1 architecture=$2

	awk -v types="$types" -v architecture="$architecture" '
		$1 == "deb" {
			options = ""
			rest = $0
			sub(/^[ \t]*deb[ \t]+/, "", rest)
			if (match(rest, /^\[[^]]*\]/)) {
				options = " " substr(rest, 2, RLENGTH - 2)
				rest = substr(rest, RLENGTH + 1)
				gsub(/[ \t](arch|target)[-+]?=[^ \t]+/, "", options)
			}
			count = split(types, type, " ")
			for (i = 1; i <= count; i++)
				printf "%s [arch=%s target=%s%s] %s\n", type[i], architecture,
				       type[i] == "deb-src" ? "Sources" : "Packages", options, rest
		}'
}

apt_sources_of_stanzas()
{
	local types=$1 architecture=$2

	awk -v types="$types" -v architecture="$architecture" '
		function end_stanza() {
			if (is_deb)
				printf "Types: %s\nArchitectures: %s\nTargets: Packages Sources\n%s\n",
				       types, architecture, kept
			is_deb = 0
			kept = ""
		}
		/^[ \t]*$/ { end_stanza(); next }
		/^#/ { next }
		/^[^ \t]/ {
			field = tolower($0)
			sub(/[ \t]*:.*/, "", field)
			if (field == "types")
				is_deb = tolower($0) ~ /[: \t]deb([ \t]|$)/
		}
		field !~ /^(types|architectures|targets)$/ { kept = kept $0 "\n" }
		END { end_stanza() }'
}

apt_write_sources()
{
	local folder=$1 types=$2 architecture=$3 list parts file

	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	for file in "$list" "$parts"/*.list; do
		[[ -r $file ]] && apt_sources_of_list "$types" "$architecture" < "$file"
	done > "$folder/sources.d/host.list"
	for file in "$parts"/*.sources; do
		[[ -r $file ]] && apt_sources_of_stanzas "$types" "$architecture" < "$file"
	done > "$folder/sources.d/host.sources"
	[[ -s $folder/sources.d/host.list || -s $folder/sources.d/host.sources ]] ||
		die "neither $list nor $parts names a source of packages for apt"
}

# The host's configuration is read before this one (proxies, keys), hence the "#clear"s.
apt_write_configuration()
{
	local folder=$1 architecture=$2

	cat > "$folder/apt.conf" <<-END
	#clear APT::Architectures;
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	APT::Architecture "$architecture";
	APT::Architectures { "$architecture"; };
	APT::Get::List-Cleanup "true";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Dir::Cache "$folder/cache";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$folder/sources.d";
	Dir::State "$folder/state";
	Dir::State::status "$folder/status";
	END
}

# apt_prepare FOLDER TYPES ARCHITECTURE: makes a state in FOLDER with lists of what the host's sources
# have now. TYPES is "deb", "deb-src" or both. No package counts as installed.
apt_prepare()
{
	local folder types=$2 architecture=$3

	mkdir -p "$1"/{cache/archives/partial,state/lists/partial,sources.d} || return
	folder=$(cd "$1" && pwd) || return
	: > "$folder/status"
	apt_write_sources "$folder" "$types" "$architecture"
	apt_write_configuration "$folder" "$architecture"
	apt_configuration=$folder/apt.conf
	if ! apt_get -q update > "$folder/update.log" 2>&1; then
		grep -E '^[EW]:' "$folder/update.log" >&2 || tail -n 20 "$folder/update.log" >&2
		[[ $(apt_get indextargets) ]] ||
			die "apt could not get lists of packages ($types, $architecture) from this host's sources"
		say "apt could not get all lists of packages ($types, $architecture): goes on with the others"
	fi
}

# apt_get ARGUMENT..., apt_cache ARGUMENT...: as apt-get and apt-cache, in the state prepared last
apt_get()
{
	apt-get -c "$apt_configuration" "$@"
}

apt_cache()
{
	apt-cache -c "$apt_configuration" "$@"
}
