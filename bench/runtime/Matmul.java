// Matmul SIZE [ROWS]: the three loops of the paper, in Java, for the first ROWS rows. Prints the seconds that they took.
public class Matmul {
  public static void main(String[] args) {
    int n = args.length > 0 ? Integer.parseInt(args[0]) : 512;
    int rows = args.length > 1 ? Integer.parseInt(args[1]) : n;
    java.util.Random random = new java.util.Random(1);
    double[][] a = new double[n][n];
    double[][] b = new double[n][n];
    double[][] c = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = random.nextDouble();
        b[i][j] = random.nextDouble();
      }
    }
    long start = System.nanoTime();
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < n; k++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    System.out.printf("%.6f %.17g%n", (System.nanoTime() - start) * 1e-9, c[0][1]);
  }
}
