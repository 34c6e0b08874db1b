// The settings of an inverse butterfly that packs the selected bits of a word into its low end, in
// order: prefix popcounts, each cut to the bits that its stage looks at.
//
// Law (Hilewitz and Lee, Fast Bit Compression and Expansion, ASAP 2006): before stage i the selected
// bits of each block of 2^i stand together, modulo 2^i, from the popcount of all blocks below on.
// Stage i joins two such blocks: a pair of bits at distance 2^i is exchanged or not, and where it is
// turns once within the block, at the popcount of all below its upper half, modulo 2^(i+1).
module bit_gather_control #(
    parameter int WIDTH = 64,  // a power of two, at least 2
    localparam int STAGES = $clog2(WIDTH)
) (
    input  logic [WIDTH-1:0] selected,
    // Bit i*WIDTH + x: stage i exchanges bits x and x + 2^i (0 where x is in an upper block).
    output logic [STAGES*WIDTH-1:0] exchange,
    output logic [STAGES:0] num_selected
);

  // Popcounts of blocks upwards, and of all below a pair of blocks downwards again (modulo the pair,
  // for no stage looks at more). Level i has WIDTH / 2^i blocks.
  for (genvar i = 0; i < STAGES; i++) begin : g_level
    localparam int BLOCKS = WIDTH >> i;
    localparam int BITS = i + 1;  // of each number below, number b in part b of its word
    logic [BITS*BLOCKS-1:0] count;    // of each block, at most 2^i
    logic [BITS*BLOCKS/2-1:0] below;  // all below each pair
    logic [BITS*BLOCKS/2-1:0] turn;   // all below its upper block
    for (genvar b = 0; b < BLOCKS; b++) begin : g_count
      if (i == 0) begin : g_leaf
        assign count[b] = selected[b];
      end else begin : g_node
        assign count[BITS*b+:BITS] = {1'b0, g_level[i-1].count[2*i*b+:i]} +
                                     {1'b0, g_level[i-1].count[2*i*b+i+:i]};
      end
    end
    for (genvar b = 0; b < BLOCKS / 2; b++) begin : g_pair
      if (i == STAGES - 1) begin : g_top
        assign below = '0;
      end else if (b % 2 == 0) begin : g_even
        assign below[BITS*b+:BITS] = g_level[i+1].below[(BITS+1)*(b/2)+:BITS];
      end else begin : g_odd
        assign below[BITS*b+:BITS] = g_level[i+1].turn[(BITS+1)*(b/2)+:BITS];
      end
      assign turn[BITS*b+:BITS] = below[BITS*b+:BITS] + count[2*BITS*b+:BITS];

      localparam int LOW = b << (i + 1);
      if (i == 0) begin : g_single
        assign exchange[LOW] = ~turn[b];
      end else begin : g_turn
        assign exchange[i*WIDTH+LOW+:(1<<i)] =
            ({(1 << i) {1'b1}} << turn[BITS*b+:i]) ^ {(1 << i) {turn[BITS*b+i]}};
      end
      assign exchange[i*WIDTH+LOW+(1<<i)+:(1<<i)] = '0;
    end
  end
  assign num_selected = {1'b0, g_level[STAGES-1].count[0+:STAGES]} +
                        {1'b0, g_level[STAGES-1].count[STAGES+:STAGES]};

endmodule
