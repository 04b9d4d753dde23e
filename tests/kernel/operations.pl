#!/usr/bin/perl
# Carries out operations under profiles and prints what the kernel said to each: a line of PROFILE, NUMBER and errno. Every line of the
# list is PROFILE, KIND and arguments, tabs between them. No Perl code is loaded after the change of profile, which may read nothing.
use strict;
use warnings;
use Fcntl;
use Socket;

my %do = (
    file => sub { sysopen(my $file, $_[0], $_[1] + 0) },
    exec => sub { my $path = $_[0]; syscall(59, $path, 0, 0) != -1 },
    link => sub { link($_[1], $_[0]) },
    socket => sub { socket(my $socket, $_[0] + 0, $_[1] + 0, 0) },
    signal => sub { kill($_[1] + 0, $_[0] + 0) },
    mount => sub { my ($source, $point, $type, $flags) = @_; syscall(165, $source, $point, $type, $flags + 0, 0) != -1 },
    # Calls that ask for a capability first and are wrong otherwise, or change nothing.
    sys_admin => sub { syscall(170, 0, -1) != -1 },
    sys_boot => sub { syscall(169, 0, 0, 0, 0) != -1 },
    sys_module => sub { my $name = "none"; syscall(176, $name, 0) != -1 },
    setgid => sub { syscall(116, 1 << 20, 0) != -1 },
    sys_pacct => sub { syscall(163, 0) != -1 },
    sys_rawio => sub { syscall(173, 0, 1, 1) != -1 },
    sys_nice => sub { syscall(141, 0, 0, -1) != -1 },
    sys_chroot => sub { my $root = "/"; syscall(161, $root) != -1 },
);

my %operations;
my @profiles;
open(my $list, '<', $ARGV[0]) or die "$ARGV[0]: $!";
while (my $line = <$list>) {
    chomp $line;
    my ($profile, @operation) = split /\t/, $line, -1;
    push @profiles, $profile unless $operations{$profile};
    push @{ $operations{$profile} }, \@operation;
}
$| = 1;
for my $profile (@profiles) {
    my $child = fork() // die "fork: $!";
    if ($child == 0) {
        sysopen(my $current, '/proc/self/attr/current', O_WRONLY) or die "attr: $!";
        syswrite($current, "changeprofile $profile") or die "$profile: $!";
        my $number = 0;
        my $out = '';
        for my $operation (@{ $operations{$profile} }) {
            my ($kind, @arguments) = @$operation;
            $! = 0;
            my $errno = $do{$kind}->(@arguments) ? 0 : $! + 0;
            $out .= "$profile\t" . $number++ . "\t$errno\n";
        }
        syswrite(STDOUT, $out);
        exit 0;
    }
    waitpid($child, 0);
    unlink map { $_->[1] } grep { $_->[0] eq 'link' } @{ $operations{$profile} };
}
