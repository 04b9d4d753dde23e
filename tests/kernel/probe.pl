# Asks the kernel, from inside a profile, whether it may do this and that. Standard input: the profile's name, then one request
# a line, fields apart by tabs: number, operation, arguments. Standard output: number and `ok` or the number of the error.
use strict;
use warnings;
use Errno ();
use Fcntl qw(O_RDONLY O_WRONLY O_RDWR O_APPEND O_CREAT O_EXCL LOCK_EX LOCK_NB LOCK_SH);
use Socket ();

use constant { SYS_truncate => 76, SYS_sethostname => 170, SYS_setpriority => 141, SYS_chroot => 161, SYS_acct => 163,
    SYS_setgroups => 116, SYS_ioperm => 173, SYS_socket => 41, SYS_mknod => 133, SYS_mount => 165, SYS_unshare => 272, SYS_exit_group => 231, SYS_execve => 59,
    SYS_mmap => 9, SYS_connect => 42, SYS_sendto => 44, SYS_shutdown => 48, SYS_bind => 49, SYS_listen => 50, SYS_getsockname => 51,
    SYS_setsockopt => 54, SYS_getsockopt => 55, SYS_ptrace => 101, SYS_pivot_root => 155, SYS_setrlimit => 160, SYS_umount2 => 166,
    SYS_io_uring_setup => 425, SYS_close => 3, PTRACE_SEIZE => 0x4206 };
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

# Makes a socket and does something with it; families know their addresses.
sub with_socket {
    my ($family, $type, $action) = @_;
    my $socket = syscall SYS_socket, $family + 0, $type + 0, 0;
    return $! + 0 if $socket == -1;
    my $answer = $action->($socket);
    syscall SYS_close, $socket;
    return $answer;
}

# Any address, any port.
sub any_address { return $_[0] == 10 ? pack('S n N a16 N', 10, 0, 0, '', 0) : pack('S n a4 x8', $_[0], 0, '') }
sub abstract_address { return pack('S', 1) . "\0$_[0]" }

sub map_file {
    my ($path) = @_;
    sysopen my $file, $path, O_RDONLY or return $! + 0;
    return call(syscall SYS_mmap, 0, 4096, 4, 2, fileno $file, 0);
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
    map => \&map_file,
    rename => sub { result(rename $_[0], $_[1]) },
    bind => sub { my ($family) = @_; my $to = any_address($family); with_socket(@_, sub { call(syscall SYS_bind, $_[0], $to, length $to) }) },
    listen => sub { with_socket(@_, sub { call(syscall SYS_listen, $_[0], 5) }) },
    getsockname => sub { my ($to, $length) = ("\0" x 128, pack 'L', 128); with_socket(@_, sub { call(syscall SYS_getsockname, $_[0], $to, $length) }) },
    setsockopt => sub { my $one = pack 'L', 1; with_socket(@_, sub { call(syscall SYS_setsockopt, $_[0], 1, 9, $one, 4) }) },
    getsockopt => sub { my ($one, $length) = (pack('L', 0), pack 'L', 4); with_socket(@_, sub { call(syscall SYS_getsockopt, $_[0], 1, 9, $one, $length) }) },
    socket_shutdown => sub { with_socket(@_, sub { call(syscall SYS_shutdown, $_[0], 2) }) },
    connect => sub { my $to = abstract_address($_[0]); with_socket(1, $_[1], sub { call(syscall SYS_connect, $_[0], $to, length $to) }) },
    send => sub { my ($to, $text) = (abstract_address($_[0]), 'x'); with_socket(1, $_[1], sub { call(syscall SYS_sendto, $_[0], $text, 1, 0x40, $to, length $to) }) },
    trace => sub { my ($pid) = @_; apart(sub { call(syscall SYS_ptrace, PTRACE_SEIZE, $pid + 0, 0, 0) }) },
    uring => sub {
        my $parameters = pack 'L L L x108', 0, 0, 2;
        my $ring = syscall SYS_io_uring_setup, 1, $parameters;
        my $answer = call($ring);
        syscall SYS_close, $ring if $ring >= 0;
        return $answer;
    },
    hat => sub { my ($hat) = @_; apart(sub { change('current', sprintf 'changehat %016x^%s', 7, $hat) }) },
    limit => sub { my ($resource, $value) = @_; apart(sub { my $limit = pack 'QQ', 1, $value; call(syscall SYS_setrlimit, $resource + 0, $limit) }) },
    umount => sub { my ($path) = @_; call(syscall SYS_umount2, $path, 0) },
    pivot => sub { my ($new, $old) = @_; apart(sub { syscall SYS_unshare, 0x20000; call(syscall SYS_pivot_root, $new, $old) }) },
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
for (@requests) {
    my (undef, $operation, $path) = split /\t/;
    my $type = 'tmpfs';
    if ($operation eq 'umount') { syscall SYS_mount, $type, $path, $type, 0, 0 }
    if ($operation eq 'pivot' && !-e "$path/other") { syscall SYS_mount, $type, $path, $type, 0, 0; mkdir "$path/$_" for qw(old other) }
}
my $entered = change('current', "changeprofile $profile");
die "cannot enter $profile: $entered\n" if $entered ne 'ok';
for (@requests) {
    my ($number, $operation, @arguments) = split /\t/;
    # The records of a request stand behind the one of a directory that nobody may make.
    mkdir "/srv/mark/$$-$number";
    my $answer = $operations{$operation}->(@arguments);
    print "$number $answer\n";
}
mkdir "/srv/mark/$$-end";
