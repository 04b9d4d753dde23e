# Asks the kernel, from inside a profile, whether it may do this and that. Standard input: the profile's name, then one request
# a line, fields apart by tabs: number, operation, arguments. Standard output: number and `ok` or the number of the error.
use strict;
use warnings;
use Errno ();
use Fcntl qw(O_RDONLY O_WRONLY O_RDWR O_APPEND O_CREAT O_EXCL LOCK_EX LOCK_NB LOCK_SH);
use Socket ();

use constant { SYS_truncate => 76, SYS_sethostname => 170, SYS_setpriority => 141, SYS_chroot => 161, SYS_acct => 163,
    SYS_setgroups => 116, SYS_ioperm => 173, SYS_socket => 41, SYS_mknod => 133, SYS_mount => 165, SYS_unshare => 272, SYS_exit_group => 231, SYS_execve => 59 };
my %flags = (read => O_RDONLY, write => O_WRONLY, append => O_WRONLY | O_APPEND, both => O_RDWR,
    create => O_WRONLY | O_CREAT | O_EXCL);

sub result { return $_[0] ? 'ok' : $! + 0 }
sub call { return $_[0] == -1 ? $! + 0 : 'ok' }

# In a child, for what cannot be undone: the answer comes back as its exit status.
sub apart {
    my ($action) = @_;
    my $pid = fork;
    if (!$pid) { my $answer = $action->(); syscall SYS_exit_group, $answer eq 'ok' ? 0 : $answer + 0 }
    waitpid $pid, 0;
    return $? >> 8 ? $? >> 8 : $? ? "signal $?" : 'ok';
}

sub execute {
    my ($path) = @_;
    pipe my $reader, my $writer;
    my $pid = fork;
    if (!$pid) {
        close $reader;
        # Not `exec`: on a file that is no program the C library would try a shell.
        my ($argv, $env) = (pack('pQ', $path, 0), pack 'Q', 0);
        syscall SYS_execve, $path, $argv, $env;
        syswrite $writer, $! + 0;
        syscall SYS_exit_group, 1;
    }
    close $writer;
    my $error = '';
    sysread $reader, $error, 10;
    waitpid $pid, 0;
    return $error eq '' ? 'ok' : $error;
}

sub lock_file {
    my ($path, $how) = @_;
    sysopen my $file, $path, O_RDONLY or return $! + 0;
    return result(flock $file, $how | LOCK_NB);
}

sub change {
    my ($file, $command) = @_;
    sysopen my $handle, "/proc/self/attr/$file", O_WRONLY or return $! + 0;
    return defined syswrite($handle, $command) ? 'ok' : $! + 0;
}

my %operations = (
    (map { my $flags = $flags{$_}; $_ => sub { result(sysopen my $file, $_[0], $flags, 0666) } } keys %flags),
    truncate => sub { call(syscall SYS_truncate, $_[0], 0) },
    mkdir => sub { result(mkdir $_[0]) },
    rmdir => sub { result(rmdir $_[0]) },
    unlink => sub { result(unlink $_[0]) },
    symlink => sub { result(symlink '/nowhere', $_[0]) },
    mkfifo => sub { call(syscall SYS_mknod, $_[0], 0010666, 0) },
    chmod => sub { result(chmod 0666, $_[0]) },
    link => sub { result(link $_[0], $_[1]) },
    share => sub { lock_file($_[0], LOCK_SH) },
    lock => sub { lock_file($_[0], LOCK_EX) },
    exec => \&execute,
    socket => sub { my $got = syscall SYS_socket, $_[0] + 0, $_[1] + 0, 0; my $error = $! + 0; return $got == -1 ? $error : 'ok' },
    signal => sub { result(kill $_[0], $_[1]) },
    capability => sub {
        my ($number) = @_;
        return call(syscall SYS_setgroups, 0, 0) if $number == 6;
        return call(syscall SYS_ioperm, 0x80, 1, 1) if $number == 17;
        return apart(sub { call(syscall SYS_chroot, my $root = '/') }) if $number == 18;
        return call(syscall SYS_acct, 0) if $number == 20;
        return call(syscall SYS_sethostname, my $name = 'lab', 3) if $number == 21;
        return apart(sub { call(syscall SYS_setpriority, 0, 0, -1) }) if $number == 23;
        return 'unknown';
    },
    mount => sub { my ($source, $target, $type, $flags) = @_; call(syscall SYS_mount, $source, $target, $type, $flags + 0, 0) },
    userns => sub { apart(sub { call(syscall SYS_unshare, 0x10000000) }) },
    change => sub { my ($label) = @_; apart(sub { change('current', "changeprofile $label") }) },
);

chomp(my $profile = <STDIN>);
my @requests = <STDIN>;
chomp @requests;
$| = 1;
# A name space of its own, private: what is mounted here is gone with the probe.
my ($none, $root) = ('none', '/');
if ($> == 0) { syscall SYS_unshare, 0x20000; syscall SYS_mount, $none, $root, $none, 0x44000, 0 }
my $entered = change('current', "changeprofile $profile");
die "cannot enter $profile: $entered\n" if $entered ne 'ok';
for (@requests) {
    my ($number, $operation, @arguments) = split /\t/;
    my $answer = $operations{$operation}->(@arguments);
    print "$number $answer\n";
}
