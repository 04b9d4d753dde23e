#!/usr/bin/perl
# The first process of the lab's guest: mounts what a system needs, carries out the steps of /lab/plan one by one, and tells
# the host about each in one line of JSON on the second serial port. Perl, because it starts in 0.1 s under emulation (Node: a second)
# and can do what a test of confinement needs between fork and exec.
use strict;
use warnings;
use Errno ();

use constant { SYS_mount => 165, SYS_clock_gettime => 228, SYS_setgroups => 116, SYS_setresgid => 119,
    SYS_setresuid => 117, SYS_reboot => 169, O_RDONLY_NONBLOCK => 2048 };
use constant { APPARMOR => '/sys/kernel/security/apparmor', MARK => 'armorer-lab-mark', MAX_OUTPUT => 4 << 20, DISK => '/dev/nvme0n1', BLKFLSBUF => 0x1261 };

$SIG{PIPE} = 'IGNORE';
$SIG{$_} = 'IGNORE' for qw(HUP INT TERM QUIT USR1 USR2);
my ($result_port, $command_port, $kmsg, %background, %pid_of);
my $mark_count = 0;

sub now_ms {
    my $time = "\0" x 16;
    syscall(SYS_clock_gettime, 1, $time);
    my ($seconds, $nanoseconds) = unpack 'qq', $time;
    return $seconds * 1000 + int($nanoseconds / 1_000_000);
}

sub mount_at {
    my ($type, $where, $options) = @_;
    mkdir $where;
    $options //= '';
    syscall(SYS_mount, $type, $where, $type, 0, $options);
}

sub json_string {
    my ($bytes) = @_;
    $bytes =~ s/([^\x20\x21\x23-\x5b\x5d-\x7e])/sprintf '\\u%04x', ord $1/ge;
    return qq("$bytes");
}

# A flat object: numbers are given as references, lists as array references of byte strings, everything else is a byte string.
sub json_object {
    my (@pairs) = @_;
    my @parts;
    while (my ($key, $value) = splice @pairs, 0, 2) {
        next unless defined $value;
        my $text = ref $value eq 'SCALAR' ? $$value + 0
            : ref $value eq 'ARRAY' ? '[' . join(',', map { json_string($_) } @$value) . ']'
            : json_string($value);
        push @parts, qq("$key":$text);
    }
    return '{' . join(',', @parts) . '}';
}

sub tell_host {
    my $line = json_object(@_) . "\n";
    while (length $line) {
        my $written = syswrite $result_port, $line;
        last unless defined $written;
        $line = substr $line, $written;
    }
}

sub read_file {
    my ($path) = @_;
    open my $handle, '<:raw', $path or return (undef, $! + 0);
    my ($bytes, $read) = ('');
    while (1) {
        $read = sysread $handle, $bytes, 65536, length $bytes;
        return (undef, $! + 0) unless defined $read;
        last if $read == 0 || length $bytes > 64 << 20;
    }
    return ($bytes, 0);
}

# One write call for everything: the kernel's policy files take a policy in one piece.
sub write_once {
    my ($path, $bytes, $flags) = @_;
    sysopen my $handle, $path, $flags or return $! + 0;
    my $written = syswrite $handle, $bytes;
    return $! + 0 unless defined $written;
    close $handle or return $! + 0;
    return 0;
}

sub make_parents {
    my ($path) = @_;
    my $made = '';
    my @parts = split m{/}, $path;
    pop @parts;
    for my $part (grep { length } @parts) {
        $made .= "/$part";
        mkdir $made;
    }
}

sub next_record {
    my ($deadline) = @_;
    while (1) {
        my $read = sysread $kmsg, my $record, 8192;
        return $record if defined $read;
        next if $!{EPIPE};
        return undef unless $!{EAGAIN};
        my $left = $deadline - now_ms();
        return undef if $left <= 0;
        my $ready = '';
        vec($ready, fileno $kmsg, 1) = 1;
        select $ready, undef, undef, $left / 1000;
    }
}

# Audit records reach the log through a queue in order: when the kernel's answer to a senseless removal is there, so is all before.
sub drain_kernel_log {
    my $mark = sprintf '%s-%d-', MARK, ++$mark_count;
    my $error = write_once(APPARMOR . '/.remove', $mark, 1);
    my $deadline = now_ms() + ($error == Errno::ENOENT() ? 3000 : 0);
    my @lines;
    while (defined(my $record = next_record($deadline))) {
        $record =~ s/\n.*//s;
        last if index($record, $mark) >= 0;
        push @lines, $record if index($record, MARK) < 0;
    }
    return \@lines;
}

sub apply_identity {
    my ($step) = @_;
    my @attributes;
    for my $attribute (@{ $step->{attribute} // [] }) {
        my ($file, $value) = split /\0/, $attribute, 2;
        my $path = -e "/proc/self/attr/apparmor/$file" ? "/proc/self/attr/apparmor/$file" : "/proc/self/attr/$file";
        sysopen my $handle, $path, 1 or return $! + 0;
        push @attributes, [$handle, $value];
    }
    if (defined $step->{gid}) {
        my $groups = pack 'I*', split /,/, $step->{groups} // '';
        syscall(SYS_setgroups, length($groups) / 4, $groups);
        syscall(SYS_setresgid, ($step->{gid} + 0) x 3) == 0 or return $! + 0;
    }
    if (defined $step->{uid}) { syscall(SYS_setresuid, ($step->{uid} + 0) x 3) == 0 or return $! + 0 }
    if (defined $step->{cwd}) { chdir $step->{cwd} or return $! + 0 }
    for (@attributes) { defined syswrite $_->[0], $_->[1] or return $! + 0 }
    return 0;
}

sub run_child {
    my ($step, $error_pipe) = @_;
    %ENV = map { split /=/, $_, 2 } @{ $step->{env} // [] };
    $SIG{$_} = 'DEFAULT' for qw(PIPE HUP INT TERM QUIT USR1 USR2);
    my $error = apply_identity($step);
    my $where = 'setup';
    if (!$error) {
        $where = 'exec';
        my @argv = @{ $step->{argv} };
        no warnings 'exec';
        exec { $argv[0] } @argv;
        $error = $! + 0;
    }
    syswrite $error_pipe, "$where $error";
    kill 'KILL', $$;
    exit 127;
}

sub spawn {
    my ($step) = @_;
    pipe my $in_read, my $in_write;
    pipe my $out_read, my $out_write;
    pipe my $err_read, my $err_write;
    pipe my $exec_read, my $exec_write;
    my $started = now_ms();
    my $pid = fork;
    if (!$pid) {
        setpgrp;
        # Pipes, not files: the kernel asks a profile about inherited files when it changes hands at exec.
        open STDIN, '<&', $in_read;
        open STDOUT, '>&', $out_write;
        open STDERR, '>&', $err_write;
        run_child($step, $exec_write);
    }
    close $_ for $in_read, $out_write, $err_write, $exec_write;
    my $failure = '';
    sysread $exec_read, $failure, 100;
    return { pid => $pid, started => $started, in => $in_write, to_write => $step->{stdin} // '', out => $out_read,
        err => $err_read, stdout => '', stderr => '', failure => $failure, deadline => $started + $step->{timeout} };
}

sub take_output {
    my ($process, $name, $ready) = @_;
    my $handle = $process->{$name};
    return unless $handle && vec $ready, fileno $handle, 1;
    my $read = sysread $handle, my $bytes, 65536;
    my $text = $name eq 'out' ? 'stdout' : 'stderr';
    if ($read) { $process->{$text} .= $bytes if length $process->{$text} < MAX_OUTPUT }
    else { close $handle; $process->{$name} = undef }
}

sub give_input {
    my ($process, $ready) = @_;
    return unless $process->{in};
    if (length $process->{to_write}) {
        return unless vec $ready, fileno $process->{in}, 1;
        my $written = syswrite $process->{in}, substr($process->{to_write}, 0, 4096);
        if ($written) { $process->{to_write} = substr $process->{to_write}, $written }
        else { $process->{to_write} = '' }
    }
    if (!length $process->{to_write}) { close $process->{in}; $process->{in} = undef }
}

# Serves the pipes of a process until it has ended and said everything, or until its time is over.
sub attend {
    my ($process, $until) = @_;
    my $ended_at;
    while (1) {
        if (!defined $process->{status} && waitpid($process->{pid}, 1) > 0) {
            $process->{status} = $?;
            $process->{ended} = now_ms();
        }
        give_input($process, '') unless length $process->{to_write};
        last if defined $process->{status} && !$process->{out} && !$process->{err};
        # Somebody it started may hold its output open for ever.
        last if defined $process->{status} && now_ms() > $process->{ended} + 300;
        last if now_ms() > $until;
        my ($readable, $writable) = ('', '');
        for ($process->{out}, $process->{err}) { vec($readable, fileno $_, 1) = 1 if $_ }
        vec($writable, fileno $process->{in}, 1) = 1 if $process->{in};
        my $pause = defined $process->{status} ? 0.05 : $process->{out} || $process->{err} ? 0.2 : 0.01;
        if (select($readable, $writable, undef, $pause) > 0) {
            take_output($process, 'out', $readable);
            take_output($process, 'err', $readable);
            give_input($process, $writable);
        }
    }
}

sub ending_of {
    my ($process) = @_;
    my $timed_out;
    if (!defined $process->{status}) {
        $timed_out = 1;
        kill 'KILL', -$process->{pid}, $process->{pid};
        # A process that hangs inside the kernel cannot be ended.
        for (1 .. 50) {
            if (waitpid($process->{pid}, 1) > 0) { $process->{status} = $?; last }
            select undef, undef, undef, 0.02;
        }
    }
    kill 'KILL', -$process->{pid};
    my $status = $process->{status};
    my ($where, $error) = split / /, $process->{failure};
    my $signal = defined $status ? $status & 127 : 0;
    return (pid => \$process->{pid}, stdout => $process->{stdout}, stderr => $process->{stderr},
        timedOut => $timed_out ? \1 : undef,
        $where ? ("${where}Errno" => \$error) : $signal ? (signal => \$signal) : defined $status ? (exitCode => \($status >> 8)) : ());
}

my %actions = (
    run => sub {
        my ($step) = @_;
        my $process = spawn($step);
        attend($process, $process->{deadline});
        return ending_of($process);
    },
    start => sub {
        my ($step) = @_;
        my $process = spawn($step);
        $background{ $step->{id} } = $process;
        $pid_of{ $step->{id} } = $process->{pid};
        my $await = $step->{await};
        if (defined $await) {
            my $deadline = now_ms() + $step->{timeout};
            while (index($process->{stdout}, $await) < 0 && now_ms() < $deadline && $process->{out} && !$process->{failure}) {
                attend($process, now_ms() + 10);
                last if defined $process->{status};
            }
        }
        return ending_of($process) if $process->{failure};
        return (pid => \$process->{pid}, stdout => $process->{stdout}, stderr => $process->{stderr});
    },
    wait => sub {
        my ($step) = @_;
        my $process = delete $background{ $step->{process} } or return (errno => \Errno::ESRCH());
        attend($process, now_ms() + $step->{timeout});
        return ending_of($process);
    },
    signal => sub {
        my ($step) = @_;
        my $process = $background{ $step->{process} } or return (errno => \Errno::ESRCH());
        kill $step->{signal}, $process->{pid};
        return ();
    },
    write => sub {
        my ($step) = @_;
        make_parents($step->{path}) if $step->{create};
        my $error = write_once($step->{path}, $step->{data}, $step->{create} ? 1 | 64 | 512 : 1);
        chmod oct $step->{mode}, $step->{path} if !$error && defined $step->{mode};
        chown $step->{uid}, $step->{gid}, $step->{path} if !$error && defined $step->{uid};
        return $error ? (errno => \$error) : ();
    },
    directory => sub {
        my ($step) = @_;
        make_parents("$step->{path}/x");
        chmod oct $step->{mode}, $step->{path} if defined $step->{mode};
        chown $step->{uid}, $step->{gid}, $step->{path} if defined $step->{uid};
        return -d $step->{path} ? () : (errno => \Errno::ENOENT());
    },
    link => sub {
        my ($step) = @_;
        make_parents($step->{path});
        unlink $step->{path};
        symlink($step->{target}, $step->{path}) or return (errno => \($! + 0));
        return ();
    },
    read => sub {
        my ($step) = @_;
        my ($bytes, $error) = read_file($step->{path});
        return $error ? (errno => \$error) : (data => $bytes);
    },
    list => sub {
        my ($step) = @_;
        opendir my $directory, $step->{path} or return (errno => \($! + 0));
        return (names => [sort grep { !/^\.\.?$/ } readdir $directory]);
    },
    tree => sub {
        my ($step) = @_;
        my @found;
        my $walk;
        $walk = sub {
            my ($path, $name) = @_;
            if (-d $path) {
                opendir my $directory, $path or return;
                $walk->("$path/$_", $name eq '' ? $_ : "$name/$_") for sort grep { !/^\.\.?$/ } readdir $directory;
            } else {
                my ($bytes) = read_file($path);
                push @found, "$name\0$bytes" if defined $bytes;
            }
        };
        $walk->($step->{path}, '');
        return (names => \@found);
    },
    until => sub {
        my ($step) = @_;
        my $deadline = now_ms() + $step->{timeout};
        while (1) {
            my ($bytes) = read_file($step->{path});
            return (data => $bytes) if defined $bytes && index($bytes, $step->{contains}) >= 0;
            return (errno => \Errno::ETIMEDOUT()) if now_ms() > $deadline;
            select undef, undef, undef, 0.02;
        }
    },
    sleep => sub {
        my ($step) = @_;
        select undef, undef, undef, $step->{ms} / 1000;
        return ();
    },
);

# The plan: one line per field, `key hex-bytes`; `do KIND` opens a step, `end` closes it. Lists repeat their key; `key @PATH` reads a file.
my %is_list = map { $_ => 1 } qw(argv env attribute);
sub parse_plan {
    my ($text) = @_;
    my (@steps, $step);
    for my $line (split /\n/, $text // '') {
        my ($key, $value) = split / /, $line, 2;
        if ($key eq 'do') { $step = { kind => $value }; next }
        if ($key eq 'end') { push @steps, $step; next }
        my $bytes = $value =~ /^@(.*)/ ? (read_file($1))[0] : pack 'H*', $value // '';
        if ($is_list{$key}) { push @{ $step->{$key} }, $bytes }
        else { $step->{$key} = $bytes }
    }
    return @steps;
}

# `{pid:ID}` stands for the process that the step ID started.
sub fill_in {
    my ($step) = @_;
    for my $value (grep { defined } @$step{qw(argv env path attribute)}) {
        for my $text (ref $value ? @$value : $value) { $text =~ s/\{pid:([^{}]+)\}/$pid_of{$1} \/\/ $&/ge }
    }
}

sub carry_out {
    my (@steps) = @_;
    for my $step (@steps) {
        fill_in($step);
        my $started = now_ms();
        my @outcome = $actions{ $step->{kind} }->($step);
        my $duration = now_ms() - $started;
        my $lines = $step->{quiet} ? [] : drain_kernel_log();
        tell_host(kind => $step->{kind}, id => $step->{id}, startedMs => \$started, durationMs => \$duration, @outcome, kmsg => $lines)
            unless $step->{quiet} && @outcome == 0;
    }
    tell_host(kind => 'done', atMs => \now_ms());
}

# A terminal would cut lines, echo and translate; TCSETS with everything off but 8 bits and the receiver.
sub make_raw {
    my ($port) = @_;
    my $settings = pack 'L4 C C19', 0, 0, 0x18b2, 0, 0, (0) x 6, 1, (0) x 12;
    ioctl $port, 0x5402, $settings;
}

# The host writes a plan to the disk and its length (8 hexadecimal digits) to the first port, which alone would take a second for 10 kB.
sub next_plan {
    my $digits = '';
    while (length $digits < 8) { sysread $command_port, $digits, 8 - length $digits, length $digits or return undef }
    for (1 .. 500) { last if -e DISK; select undef, undef, undef, 0.01 }
    sysopen my $disk, DISK, 0 or die "no disk: $!";
    ioctl $disk, BLKFLSBUF, 0;
    my ($length, $plan) = (hex $digits, '');
    while (length $plan < $length) { sysread $disk, $plan, $length - length $plan, length $plan or return undef }
    return $plan;
}

sub main {
    mount_at(@$_) for ['proc', '/proc'], ['sysfs', '/sys'], ['devtmpfs', '/dev'], ['tmpfs', '/run', 'mode=755'],
        ['tmpfs', '/tmp', 'mode=1777'], ['devpts', '/dev/pts'], ['tmpfs', '/dev/shm', 'mode=1777'],
        ['securityfs', '/sys/kernel/security'];
    symlink "/proc/self/fd$$_[0]", "/dev/$$_[1]" for ['', 'fd'], ['/0', 'stdin'], ['/1', 'stdout'], ['/2', 'stderr'];
    %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME => '/root', LANG => 'C.UTF-8');
    write_once('/proc/sys/kernel/printk_ratelimit', '0', 1);
    sysopen $result_port, '/dev/ttyS1', 1 or die "no second serial port: $!";
    sysopen $command_port, '/dev/ttyS0', 0 or die "no first serial port: $!";
    make_raw($command_port);
    sysopen $kmsg, '/dev/kmsg', O_RDONLY_NONBLOCK or die "no kernel log: $!";
    my ($release) = read_file('/proc/sys/kernel/osrelease');
    chomp $release;
    my $early = drain_kernel_log();
    my ($arguments) = read_file('/proc/cmdline');
    if ($arguments =~ /\blab\.init=(\S+)/) {
        # The system's own first process takes this one's place; what carries out the steps goes on as a child of it.
        my $child = fork;
        if ($child) { exec $1; die "no $1: $!" }
        setpgrp;
    }
    tell_host(kind => 'hello', release => $release, atMs => \now_ms(), kmsg => $early);
    carry_out(parse_plan((read_file('/lab/plan'))[0]));
    while (defined(my $plan = next_plan())) { carry_out(parse_plan($plan)) }
    sleep 3600;
}

main();
