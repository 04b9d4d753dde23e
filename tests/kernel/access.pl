# Puts queries to the kernel's query interface. Standard input: one query a line, in hexadecimal. Standard output: the four words of the answer,
# or the number of the error.
use strict;
use warnings;

my $file = '/sys/kernel/security/apparmor/.access';
while (my $line = <STDIN>) {
    chomp $line;
    sysopen my $handle, $file, 2 or die "cannot open $file: $!\n";
    if (!defined syswrite $handle, pack 'H*', $line) { print 'error ', $! + 0, "\n"; next }
    sysread $handle, my $answer, 200;
    print join(' ', $answer =~ /0x([0-9a-f]{8})/g), "\n";
}
