# Lays what save-tree.pl saved into fresh volumes: work tree, clone, conversation.
#
#   perl -e SCRIPT unpack clone|private                  takes a pack on standard input
#   perl -e SCRIPT lay <commit> <head> <branch> <base> [<end>...]
#                                                        makes everything from the commit; head, branch and base may be "-"; an
#                                                        end is a commit of the clone whose parents are not in it
#
# Ends with 0; 1 with the reason on standard error. Nothing in the volumes is used before it ended with 0.
use strict;
use warnings;
use File::Path 'make_path', 'remove_tree';

my ($verb, @args) = @ARGV;
my $work = $ENV{KLAUDIO_WORKSPACE} // '/workspace';
my $state = $ENV{KLAUDIO_STATE} // '/state';
my $home = "$state/checkpoint";
my $git = "$home/git";

sub fail { print STDERR "restore: $_[0]\n"; exit 1 }
sub put {
  my ($path, $text) = @_;
  open my $out, '>', $path or fail("$path: $!");
  binmode $out;
  print $out $text;
  close $out or fail("$path: $!");
}

delete @ENV{grep { /^GIT_/ } keys %ENV};
%ENV = (%ENV, GIT_CONFIG_NOSYSTEM => 1, GIT_CONFIG_GLOBAL => '/dev/null', GIT_ATTR_NOSYSTEM => 1, LC_ALL => 'C');
chdir $work or fail("$work: $!");

if ($verb eq 'unpack') {
  $ENV{GIT_DIR} = $args[0] eq 'clone' ? beginClone() : beginPrivate();
  system('git', 'index-pack', '--stdin', '--fix-thin') == 0 or fail('the saved objects are damaged or incomplete');
  exit 0;
}

my ($commit, $head, $branch, $base, @ends) = @args;
$ENV{GIT_DIR} = beginPrivate();
if (@ends) { put("$_/shallow", join '', map { "$_\n" } @ends) for grep { -d } $git, "$work/.git" }
$ENV{GIT_WORK_TREE} = $work;
$ENV{GIT_INDEX_FILE} = "$git/index";
umask 0022;
for (['read-tree', "$commit:files"], ['checkout-index', '-a', '-f', '-u', '-q']) {
  system('git', @$_) == 0 or fail("git $$_[0] failed");
}
applyModes();
umask 0077;
layTranscripts();
finishClone() if $head ne '-';
keepNames();
exit 0;

sub beginClone {
  make_path("$work/.git/objects/pack", "$work/.git/refs/heads", "$work/.git/info");
  put("$work/.git/HEAD", "ref: refs/heads/main\n") unless -f "$work/.git/HEAD";
  return "$work/.git";
}

sub beginPrivate {
  return $git if -f "$git/info/attributes";
  make_path("$git/objects/pack", "$git/objects/info", "$git/refs/heads", "$git/info");
  put("$git/HEAD", "ref: refs/heads/main\n");
  put("$git/objects/info/alternates", "$work/.git/objects\n") if -d "$work/.git/objects";
  put("$git/config", join "\n", '[core]', 'repositoryformatversion = 0', 'filemode = true', 'symlinks = true', 'bare = false',
    'autocrlf = false', 'protectNTFS = false', 'protectHFS = false', 'fsmonitor = false', 'looseCompression = 1',
    'precomposeUnicode = false', 'ignoreCase = false', 'bigFileThreshold = 32m', '[gc]', 'auto = 0', '');
  put("$git/info/attributes", "* -text -ident !filter !working-tree-encoding\n");
  return $git;
}

sub read_all {
  open my $pipe, '-|', 'git', @_ or fail("git $_[0]: $!");
  binmode $pipe;
  local $/;
  my $text = <$pipe> // '';
  close $pipe or fail("git $_[0] failed");
  return $text;
}

# Directories last and from the inside out: one of them may not be writable.
sub applyModes {
  my @entries = map { [split / /, $_, 3] } split /\0/, read_all('cat-file', 'blob', "$commit:modes");
  make_path($$_[2]) for grep { $$_[0] eq 'd' } @entries;
  my @files = grep { $$_[0] eq 'f' } @entries;
  my @folders = reverse sort { $$a[2] cmp $$b[2] } grep { $$_[0] eq 'd' } @entries;
  for (@files, @folders) {
    my ($kind, $mode, $path) = @$_;
    next if -l $path;
    chmod oct $mode, $path or fail("$path: $!");
  }
}

sub layTranscripts {
  my @found = split /\0/, read_all('ls-tree', '-r', '-z', '--full-tree', "$commit:transcripts");
  my %pieces;
  for (@found) {
    my ($id, $name) = /^\d+ blob ([0-9a-f]+)\t(.*)\/\d+\z/s or fail('the conversation is damaged');
    push @{ $pieces{$name} }, $id;
  }
  for my $name (keys %pieces) {
    my $path = "$state/claude/projects/$name";
    make_path($path =~ s{/[^/]*\z}{}r);
    put($path, join '', map { read_all('cat-file', 'blob', $_) } @{ $pieces{$name} });
  }
}

# What the seed script writes for a new clone. The index knows HEAD; git looks at the files when it is asked next.
sub finishClone {
  local $ENV{GIT_DIR} = "$work/.git";
  local $ENV{GIT_INDEX_FILE};
  delete $ENV{GIT_INDEX_FILE};
  if ($branch eq '-') { put("$work/.git/HEAD", "$head\n") }
  else {
    my $ref = "$work/.git/refs/heads/$branch";
    make_path($ref =~ s{/[^/]*\z}{}r);
    put($ref, "$head\n");
    put("$work/.git/HEAD", "ref: refs/heads/$branch\n");
  }
  put("$work/.git/config", join "\n", '[core]', "\trepositoryformatversion = 0", "\tfilemode = true", "\tbare = false",
    "\texcludesFile = \"$work/.klaudio/exclude\"", '[user]', "\tname = Klaudio Agent", "\temail = agent\@klaudio.local",
    '[advice]', "\tdetachedHead = false", '[gc]', "\tauto = 0", '');
  put("$work/.git/info/exclude", "/.klaudio/\n");
  system('git', 'read-tree', 'HEAD') == 0 or fail('git read-tree failed');
  put("$work/.git/klaudio-seed", "$base\n") if $base ne '-';
}

# The next save builds on this one; contents are in the work tree and need not lie here a second time.
sub keepNames {
  local $ENV{GIT_WORK_TREE};
  delete $ENV{GIT_WORK_TREE};
  my $names = read_all('rev-list', '--objects', '--no-object-names', '--filter=blob:none', $commit, $head eq '-' ? () : "^$head");
  my @old = glob "$git/objects/pack/pack-*";
  put("$home/input", $names);
  my $packed = `git pack-objects -q "$git/objects/pack/pack" < "$home/input"` =~ s/\n//r;
  fail('git pack-objects failed') if $? || !$packed;
  unlink grep { !/\Q$packed\E/ } @old;
  unlink "$home/input";
}
