# Starts programs, one after the other, each in a child of its own that prints under which label it runs and whether its environment is
# distrusted. Standard input: a line for each, fields apart by tabs: what is done first ("locked": privileges are given up, "traced": the
# child lets itself be traced by who starts it), the program. Standard output:
# a line for each: the label and the flag, or the number of the error.
use strict;
use warnings;

use constant { SYS_ptrace => 101, PTRACE_TRACEME => 0, PTRACE_CONT => 7, SYS_prctl => 157, SYS_exit_group => 231, PR_SET_NO_NEW_PRIVS => 38, AT_SECURE => 23 };

for my $line (<STDIN>) {
    chomp $line;
    my ($first, $program) = split /\t/, $line;
    pipe my $reader, my $writer;
    my $pid = fork;
    if (!$pid) {
        close $reader;
        open STDOUT, '>&', $writer;
        syscall SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0 if $first eq 'locked';
        syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0 or syswrite STDOUT, "not traced: $! " if $first eq 'traced';
        { no warnings 'exec'; exec { $program } 'cat', '/proc/self/attr/current', '/proc/self/auxv' }
        syswrite STDOUT, 'errno ' . ($! + 0);
        syscall SYS_exit_group, 1;
    }
    close $writer;
    # a program that is traced stops as soon as it has been started; it may not be sent signals
    if ($first eq 'traced') {
        while (waitpid($pid, 0) == $pid && -e "/proc/$pid") { syscall SYS_ptrace, PTRACE_CONT, $pid, 0, 0 }
    }
    my $text = '';
    1 while sysread $reader, $text, 4096, length $text;
    waitpid $pid, 0;
    my ($label, $vector) = split /\n/, $text, 2;
    my %values = defined $vector ? unpack 'Q*', $vector : ();
    print $label // '', "\t", $values{ +AT_SECURE } // '', "\n";
}
