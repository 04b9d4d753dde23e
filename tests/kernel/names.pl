# Asks for files by odd names, from inside a profile that permits none of it, so that each attempt is recorded by the name the kernel looked up.
# Argument: the profile. Standard output: a line for each attempt, `ok` or the number of the error.
use strict;
use warnings;

use constant { SYS_mount => 165, SYS_umount2 => 166, SYS_linkat => 265, SYS_unshare => 272, AT_FDCWD => -100, MNT_DETACH => 2, MS_BIND => 4096 };

sub result { return $_[0] ? 'ok' : $! + 0 }
sub call { return $_[0] == -1 ? $! + 0 : 'ok' }
sub mount { my ($source, $target, $type, $flags) = @_; return call(syscall SYS_mount, $source, $target, $type, $flags, 0) }
sub create { open my $file, '>', $_[0] or die "$_[0]: $!" }
sub read_file { my ($path) = @_; return result(open my $file, '<', $path) }
sub list { my ($path) = @_; return result(opendir my $directory, $path) }

# A name space of its own; a tree that is detached while something stays inside.
my ($none, $root) = ('none', '/');
syscall SYS_unshare, 0x20000;
syscall SYS_mount, $none, $root, $none, 0x44000, 0;
my ($at, $lazy) = ('/srv/names', '/srv/names/lazy');
mount('tmpfs', $at, 'tmpfs', 0) eq 'ok' or die "mount: $!";
mkdir "$at/$_" for qw(dir lazy);
create("$at/$_") for qw(f g);
mount('tmpfs', $lazy, 'tmpfs', 0);
mkdir "$lazy/$_" for qw(sub sub/deep);
create("$lazy/sub/f");
chdir "$lazy/sub" or die "chdir: $!";
syscall SYS_umount2, $lazy, MNT_DETACH;

open my $current, '>', '/proc/self/attr/current' or die "attr: $!";
syswrite $current, "changeprofile $ARGV[0]" or die "change: $!";
close $current;
my ($dir, $new) = ("$at/dir", "$at/l2");
print "$_\n" for
    result(link "$at/dir", "$at/l"),
    call(syscall SYS_linkat, AT_FDCWD, $dir, AT_FDCWD, $new, 0),
    result(link '/srv//names//f', '//srv/names//l'),
    read_file('//srv/names///f'),
    list('/srv//names//dir//'),
    result(mkdir '/srv/names//new//'),
    mount('tmpfs', '/srv/names//dir//', 'tmpfs', 0),
    mount('//srv/names//f', '/srv/names//g', 'none', MS_BIND),
    read_file('f'),
    list('.'),
    list('..'),
    mount('tmpfs', 'deep', 'tmpfs', 0);
