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
  for (genvar i = 0; i < STAGES; ++i) begin : g_level
    localparam int BLOCKS = WIDTH >> i;
    logic [BLOCKS-1:0][i:0] count;  // of each block, at most 2^i
    logic [BLOCKS/2-1:0][i:0] below;  // all below each pair
    logic [BLOCKS/2-1:0][i:0] turn;   // all below its upper block
    for (genvar b = 0; b < BLOCKS; ++b) begin : g_block
      if (i == 0) assign count[b] = selected[b];
      else assign count[b] = {1'b0, g_level[i-1].count[2*b]} + {1'b0, g_level[i-1].count[2*b+1]};
    end
    for (genvar b = 0; b < BLOCKS / 2; ++b) begin : g_below
      if (i == STAGES - 1) assign below[b] = '0;
      else if (b % 2 == 0) assign below[b] = g_level[i+1].below[b/2][i:0];
      else assign below[b] = g_level[i+1].turn[b/2][i:0];
      assign turn[b] = below[b] + count[2*b];
    end

    for (genvar b = 0; b < BLOCKS / 2; ++b) begin : g_pair
      localparam int LOW = b << (i + 1);
      if (i == 0) begin : g_single
        assign exchange[LOW] = ~turn[b];
      end else begin : g_turn
        assign exchange[i*WIDTH+LOW+:(1<<i)] =
            ({(1 << i) {1'b1}} << turn[b][i-1:0]) ^ {(1 << i) {turn[b][i]}};
      end
      assign exchange[i*WIDTH+LOW+(1<<i)+:(1<<i)] = '0;
    end
  end
  assign num_selected = {1'b0, g_level[STAGES-1].count[0]} + {1'b0, g_level[STAGES-1].count[1]};

endmodule
