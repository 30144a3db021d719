# Saves an agent's work tree and conversation as one commit of a private repository beside them, and writes what of it the
# server does not have as a pack.
#
#   perl -e SCRIPT <what> <since> <base> <seconds>
#     what: "tree" or "conversation"; since, base: a commit, or "-"; seconds: files that changed as lately are copied first
#
# Standard input: secrets, one a line. Standard output: "<commit> <head> <files> <left out>\n", then "same\n" when the commit
# is <since>, or "pack\n" and a pack. Ends with 0; 1 with the reason on standard error.
#
# The commit's tree:
#   files/          the work tree as it is: ignored and untracked files too, no .git
#   modes           what git does not keep: "<f|d> <octal mode> <path>" NUL, for odd modes and for empty directories
#   transcripts/    the CLI's sessions, cut into pieces of 1 MiB: what was only appended to shares all pieces but the last
#   facts           "<name> <value>" NUL: head, branch, and every path that was left out with the reason
# Its parent is the HEAD of the clone. Nothing in it depends on the time, so an unchanged tree gives the same commit.
use strict;
use warnings;
use Compress::Raw::Zlib;
use Digest::SHA;
use Fcntl ':flock';
use File::Path 'remove_tree';

my ($what, $since, $base, $lately) = @ARGV;
my $work = $ENV{KLAUDIO_WORKSPACE} // '/workspace';
my $state = $ENV{KLAUDIO_STATE} // '/state';
my $home = "$state/checkpoint";
my $git = "$home/git";
my $piece = 1024 * 1024;
my %packTypes = (commit => 1, tree => 2, blob => 3, tag => 4);
my $longestScan = 8 * 1024 * 1024;
my @secrets = grep { length >= 8 } map { s/\s+\z//r } <STDIN>;
my $secret = @secrets ? do { my $any = join '|', map { quotemeta } @secrets; qr/$any/ } : undef;

sub fail { print STDERR "save: $_[0]\n"; exit 1 }

umask 0077;
mkdir $home or $!{EEXIST} or fail("$home: $!");
open my $lock, '>', "$home/lock" or fail("$home/lock: $!");
flock $lock, LOCK_EX or fail("lock: $!");

delete @ENV{grep { /^GIT_/ } keys %ENV};
%ENV = (
  %ENV,
  GIT_DIR => $git, GIT_WORK_TREE => $work, GIT_INDEX_FILE => "$git/index", GIT_CONFIG_NOSYSTEM => 1,
  GIT_CONFIG_GLOBAL => '/dev/null', GIT_ATTR_NOSYSTEM => 1, GIT_NO_REPLACE_OBJECTS => 1, LC_ALL => 'C',
  GIT_AUTHOR_NAME => 'Klaudio', GIT_AUTHOR_EMAIL => 'klaudio@klaudio.local', GIT_AUTHOR_DATE => '@0 +0000',
  GIT_COMMITTER_NAME => 'Klaudio', GIT_COMMITTER_EMAIL => 'klaudio@klaudio.local', GIT_COMMITTER_DATE => '@0 +0000',
);
chdir $work or fail("$work: $!");

# Runs git with $in as its input; returns what it printed, or undef when it failed.
sub ask {
  my ($in, @args) = @_;
  my $file = "$home/input";
  open my $out, '>', $file or fail("$file: $!");
  binmode $out;
  print $out $in;
  close $out or fail("$file: $!");
  open my $old, '<&', \*STDIN or fail("stdin: $!");
  open STDIN, '<', $file or fail("$file: $!");
  my $ok = open my $pipe, '-|', 'git', @args;
  open STDIN, '<&', $old or fail("stdin: $!");
  return undef unless $ok;
  binmode $pipe;
  local $/;
  my $text = <$pipe> // '';
  return close($pipe) ? $text : undef;
}
sub git {
  my $text = ask(@_) // fail("git $_[1] failed");
  return $text =~ s/\n\z//r;
}

sub begin {
  remove_tree($git);
  git('', 'init', '-q', '--template=');
  mkdir "$git/info";
  put("$git/info/attributes", "* -text -ident !filter !working-tree-encoding\n");
  put("$git/config", join "\n", '[core]', 'repositoryformatversion = 0', 'filemode = true', 'symlinks = true', 'bare = false',
    'autocrlf = false', 'protectNTFS = false', 'protectHFS = false', 'fsmonitor = false', 'looseCompression = 1',
    'precomposeUnicode = false', 'ignoreCase = false', 'bigFileThreshold = 32m', '[gc]', 'auto = 0', '');
}
sub put {
  my ($path, $text) = @_;
  open my $out, '>', $path or fail("$path: $!");
  binmode $out;
  print $out $text;
  close $out or fail("$path: $!");
}
sub share {
  put("$git/objects/info/alternates", -d "$work/.git/objects" ? "$work/.git/objects\n" : '');
  # Where the history of the clone ends in the middle.
  unlink "$git/shallow";
  if (-f "$work/.git/shallow" && open my $in, '<', "$work/.git/shallow") { put("$git/shallow", join '', grep { /^[0-9a-f]+$/ } <$in>) }
}

# Without the last save nothing can be left out of this one.
my $knows = $since ne '-' && -f "$git/info/attributes" && defined ask('', 'rev-parse', '-q', '--verify', "$since:files");
if (!$knows) { $since = '-'; begin() }
mkdir "$git/objects/info";
share();

my @leftOut;
my %unreadable;
my (%idOf, %copied, %wasThere, $hasCopied);
my ($files, $modes, $count) = $what eq 'tree' ? saveTree() : (git('', 'mktree'), '', 0);
my $transcripts = saveTranscripts();
my ($head, $branch) = $what eq 'tree' ? headOf() : ('-', '');
my $facts = join '', map { "$_\0" } "head $head", "branch $branch", map { "left-out $_" } sort @leftOut;
my ($modesId, $factsId) = map { git($_, 'hash-object', '-w', '--stdin') } $modes, $facts;
my $tree = git(
  "100644 blob $factsId\tfacts\n040000 tree $files\tfiles\n100644 blob $modesId\tmodes\n040000 tree $transcripts\ttranscripts\n",
  'mktree', '--missing');
my $commit = git("Saved\n", 'commit-tree', $tree, $head eq '-' ? () : ('-p', $head), '-F', '-');

binmode STDOUT;
$| = 1;
print "$commit $head $count ", scalar(@leftOut), "\n";
if ($commit eq $since) { print "same\n"; exit 0 }
my @new = map { /^\??([0-9a-f]{40,64})/ ? $1 : () } split /\n/, git(
  "$commit\n" . join('', map { $_ eq '-' ? '' : "^$_\n^$_^{tree}\n" } $since, $base), 'rev-list', '--objects', '--stdin', '--missing=print');
print "pack\n";
writePack(@new);
exit 0;

# A pack as gitformat-pack(5) has it. Contents come from the work tree itself, which is the only place where they are: the
# private repository keeps names. A file that is not what it was when it got its name breaks the pack off, so those that are
# being written to are copied when they get their names, and the copies removed at the end.
sub writePack {
  my %isNew = map { $_ => 1 } grep { !$copied{$_} } @_;
  my %at;
  for (split /\0/, git('', 'ls-files', '-s', '-z')) {
    $at{$1} = $2 if /^\d+ ([0-9a-f]+) \d\t(.*)\z/s && $isNew{$1};
  }
  my $sum = Digest::SHA->new(length $_[0] == 64 ? 256 : 1);
  my $emit = sub { $sum->add($_[0]); print $_[0] or fail('standard output is gone') };
  $emit->(pack 'a4NN', 'PACK', 2, scalar @_);
  packFile($at{$_}, $_, $emit) for grep { exists $at{$_} } @_;
  packStored($emit, grep { !exists $at{$_} } @_);
  print $sum->digest;
}

sub entryHead {
  my ($type, $size) = @_;
  my $byte = $packTypes{$type} << 4 | $size & 15;
  my $head = '';
  for ($size >>= 4; $size; $size >>= 7) { $head .= chr($byte | 128); $byte = $size & 127 }
  return $head . chr $byte;
}

# $read gives the next bytes, and nothing at the end.
sub packEntry {
  my ($type, $size, $emit, $read) = @_;
  $emit->(entryHead($type, $size));
  my ($zip) = Compress::Raw::Zlib::Deflate->new(-Level => 1, -AppendOutput => 1);
  my $out = '';
  while (length(my $bytes = $read->())) {
    $zip->deflate($bytes, $out);
    if (length $out > 65536) { $emit->($out); $out = '' }
  }
  $zip->flush($out);
  $emit->($out);
}

sub packFile {
  my ($path, $id, $emit) = @_;
  my $link = readlink $path;
  open my $in, '<', defined $link ? \$link : $path or fail("$path changed while it was saved");
  binmode $in;
  my $size = defined $link ? length $link : -s $in;
  my $hash = Digest::SHA->new(length $id == 64 ? 256 : 1)->add("blob $size\0");
  packEntry('blob', $size, $emit, sub {
    read $in, my $bytes, 1 << 20;
    $hash->add($bytes //= '');
    return $bytes;
  });
  fail("$path changed while it was saved") unless $hash->hexdigest eq $id;
}

sub packStored {
  my ($emit, @ids) = @_;
  put("$home/input", join '', map { "$_\n" } @ids);
  open STDIN, '<', "$home/input" or fail("input: $!");
  open my $from, '-|', 'git', 'cat-file', '--batch' or fail("git cat-file: $!");
  binmode $from;
  while (my $line = <$from>) {
    my ($id, $type, $left) = split ' ', $line;
    fail("object $id is gone") unless defined $left;
    packEntry($type, $left, $emit, sub {
      my $got = read $from, my $bytes, $left < 1 << 20 ? $left : 1 << 20;
      fail('git cat-file ended early') if !$got && $left;
      $left -= $got // 0;
      return $bytes // '';
    });
    read $from, my $newline, 1;
  }
}

sub headOf {
  local $ENV{GIT_DIR} = "$work/.git";
  return ('-', '') unless -d "$work/.git";
  my $found = ask('', 'rev-parse', '-q', '--verify', 'HEAD^{commit}') // '';
  my $name = ask('', 'symbolic-ref', '-q', '--short', 'HEAD') // '';
  s/\n\z// for $found, $name;
  return ($found || '-', $name);
}

sub saveTree {
  my (@paths, @modes, %full, %isHot);
  my $isOpen = $> == 0;
  open my $find, '-|', 'find', '.', '-mindepth', '1', '-name', '.git', '-prune', '-o', '-printf', '%y %m %C@ %P\0' or fail("find: $!");
  binmode $find;
  {
    local $/ = "\0";
    while (my $line = <$find>) {
      chomp $line;
      my ($type, $mode, $changed, $path) = split / /, $line, 4;
      $full{$1} = 1 if $path =~ m{^(.*)/}s;
      if ($type eq 'f') {
        push @paths, $path;
        $isHot{$path} = 1 if $changed >= time - $lately;
        push @modes, "f $mode $path" unless $mode eq '644' || $mode eq '755';
        $unreadable{$path} = oct $mode if !$isOpen && !(oct($mode) & 0400);
      } elsif ($type eq 'l') { push @paths, $path }
      elsif ($type eq 'd') { push @modes, [$mode, $path] }
      else { push @leftOut, "$path is no file but a pipe, a socket or a device" }
    }
  }
  close $find or fail('the work tree could not be read as a whole');
  chmod 0600, $_ for keys %unreadable;
  @modes = sort map { ref ? $$_[0] ne '755' || !$full{$$_[1]} ? "d $$_[0] $$_[1]" : () : $_ } @modes;
  @paths = sort @paths;
  my %is = map { $_ => 1 } @paths;
  my @gone = grep { !$is{$_} } split /\0/, git('', 'ls-files', '-z');
  git(join('', map { "$_\0" } @gone), 'update-index', '--force-remove', '-z', '--stdin') if @gone;
  add([grep { !$isHot{$_} } @paths], '--info-only');
  copy(\%isHot) if %isHot;
  my @hiding = hidden();
  git(join('', map { "$_\0" } @hiding), 'update-index', '--force-remove', '-z', '--stdin') if @hiding;
  push @leftOut, map { "$_ holds a login of this installation" } @hiding;
  return (git('', 'write-tree', '--missing-ok'), join('', map { "$_\0" } @modes), @paths - @hiding);
}

# Large ones end up in packs of their own.
sub copy {
  my ($isHot) = @_;
  $wasThere{$_} = 1 for glob "$git/objects/pack/*";
  $hasCopied = 1;
  add([sort keys %$isHot]);
  for (split /\0/, git('', 'ls-files', '-s', '-z')) { $idOf{$2} = $1 if /^\d+ ([0-9a-f]+) \d\t(.*)\z/s && $$isHot{$2} }
  my $found = git(join('', map { "$_\n" } values %idOf), 'cat-file', '--batch-check');
  $copied{$1} = 1 while $found =~ /^([0-9a-f]+) blob/mg;
}

# A tree that is being worked on changes under our hands: what vanishes is gone, what changes is read again.
sub add {
  my ($paths, @how) = @_;
  return unless @$paths;
  my $list = join '', map { "$_\0" } @$paths;
  for my $try (1 .. 5) {
    return if defined ask($list, 'update-index', '--add', '--remove', '--replace', @how, '-z', '--stdin');
    unlink "$git/index.lock";
  }
  fail('the work tree kept changing while it was saved');
}

# Files that not even their owner may read are opened for as long as it takes.
END {
  my $code = $?;
  chmod $unreadable{$_}, $_ for keys %unreadable;
  unlink grep { !$wasThere{$_} } glob "$git/objects/pack/*" if $hasCopied;
  unlink map { "$git/objects/" . substr($_, 0, 2) . '/' . substr($_, 2) } keys %copied;
  $? = $code;
}

# Paths of changed files that hold a secret; they are told of and stay out.
sub hidden {
  return () unless defined $secret;
  my $before = $since eq '-' ? git('', 'mktree') : git('', 'rev-parse', "$since:files");
  my @changed = split /\0/, git('', 'diff-index', '--cached', '--name-only', '--no-renames', '--diff-filter=d', '-z', $before);
  return grep { holdsSecret($_) } @changed;
}
sub holdsSecret {
  my ($path) = @_;
  return readlink($path) =~ $secret if -l $path;
  # What is sent of it, which need not be what is there by now.
  my $id = $idOf{$path} // '';
  my $in;
  if ($copied{$id}) { open $in, '-|', 'git', 'cat-file', 'blob', $id or return 0 }
  else { open $in, '<', $path or return 0 }
  binmode $in;
  my $kept = '';
  while (read $in, my $chunk, $longestScan) {
    return 1 if ($kept . $chunk) =~ $secret;
    $kept = substr $chunk, -4096 if length $chunk > 4096;
  }
  return 0;
}

# Whole lines only: the last one may be half written.
sub saveTranscripts {
  my $from = "$state/claude/projects";
  return git('', 'mktree') unless -d $from;
  my (@pieces, @names);
  open my $find, '-|', 'find', $from, '-type', 'f', '-printf', '%P\0' or fail("find: $!");
  my @found = do { local $/ = "\0"; map { s/\0\z//r } <$find> };
  close $find;
  remove_tree("$home/pieces");
  mkdir "$home/pieces" or fail("pieces: $!");
  for my $name (sort @found) {
    open my $in, '<', "$from/$name" or next;
    binmode $in;
    my $text = do { local $/; <$in> } // '';
    $text = substr $text, 0, 1 + rindex $text, "\n" if $name =~ /\.jsonl\z/;
    $text =~ s/($secret)/'*' x length $1/ge if defined $secret;
    for (my $at = 0; $at < length $text || $at == 0; $at += $piece) {
      my $file = "$home/pieces/" . @pieces;
      put($file, substr $text, $at, $piece);
      push @pieces, $file;
      push @names, sprintf 'transcripts/%s/%06d', $name, $at / $piece;
    }
  }
  local $ENV{GIT_INDEX_FILE} = "$home/pieces/index";
  my @ids = split /\n/, git(join('', map { "$_\n" } @pieces), 'hash-object', '-w', '--no-filters', '--stdin-paths');
  git(join('', map { "100644 $ids[$_]\t$names[$_]\0" } 0 .. $#ids), 'update-index', '-z', '--index-info') if @ids;
  my $whole = git('', 'write-tree');
  remove_tree("$home/pieces");
  return @ids ? git('', 'rev-parse', "$whole:transcripts") : git('', 'mktree');
}
