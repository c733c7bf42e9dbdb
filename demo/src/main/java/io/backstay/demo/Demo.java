package io.backstay.demo;

import io.backstay.demo.Options.Against;
import io.backstay.demo.Options.Run;
import io.backstay.demo.Options.Serve;
import java.io.PrintStream;

/** The program: runs the demo, guards calls to the user's own server, or is one of the demo's services. */
public final class Demo {

    /** All held that had to. */
    static final int HELD = 0;
    /** Something did not hold, or the demo broke. */
    static final int FAILED = 1;
    /** What was asked for cannot be done. */
    static final int MISUSED = 2;

    private Demo() {}

    /** Ends with the status of what was run. */
    public static void main(String[] arguments) {
        System.exit(run(System.out, System.err, arguments));
    }

    /** The exit status. */
    static int run(PrintStream out, PrintStream err, String... arguments) {
        try {
            Options options = Options.parse(arguments);
            if (options instanceof Serve serve) {
                return DemoService.serve(serve, out);
            }
            if (options instanceof Against against) {
                return new AgainstCommand(against, out).run();
            }
            return new Script(((Run) options).quick() ? Timing.quick() : Timing.full(), out).run();
        } catch (UsageException e) {
            err.println("demo.sh: " + e.getMessage());
            return MISUSED;
        } catch (DemoException e) {
            err.println("demo.sh: the demo broke off: " + e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            err.println("demo.sh: interrupted");
            return FAILED;
        }
    }
}
