// The signed adder tree of a CA unit: the sum of one int8 value a lane, each added or subtracted.
// Combinational.
module signed_adder_tree #(
    parameter int LANES = 16,
    localparam int LEVELS = $clog2(LANES),
    localparam int SUM_BITS = 9 + LEVELS
) (
    input logic [8*LANES-1:0] values,
    input logic [LANES-1:0] negative,
    output logic signed [SUM_BITS-1:0] sum
);

  // Level by level from the leaves; node i of a level in part i of its word.
  for (genvar level = 0; level <= LEVELS; level++) begin : g_level
    localparam int NODES = (LANES + (1 << level) - 1) >> level;
    localparam int NODES_BELOW = level == 0 ? 0 : (LANES + (1 << (level - 1)) - 1) >> (level - 1);
    localparam int BITS = 9 + level;
    logic [BITS*NODES-1:0] nodes;
    for (genvar i = 0; i < NODES; i++) begin : g_node
      if (level == 0) begin : g_leaf
        wire signed [8:0] value = 9'(signed'(values[8*i+:8]));
        assign nodes[BITS*i+:BITS] = negative[i] ? -value : value;
      end else if (2 * i + 1 < NODES_BELOW) begin : g_pair
        assign nodes[BITS*i+:BITS] =
            BITS'(signed'(g_level[level-1].nodes[(BITS-1)*2*i+:BITS-1])) +
            BITS'(signed'(g_level[level-1].nodes[(BITS-1)*(2*i+1)+:BITS-1]));
      end else begin : g_single
        assign nodes[BITS*i+:BITS] = BITS'(signed'(g_level[level-1].nodes[(BITS-1)*2*i+:BITS-1]));
      end
    end
  end
  assign sum = g_level[LEVELS].nodes;

endmodule
