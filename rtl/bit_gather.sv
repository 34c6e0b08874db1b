// Bit gather (docs/microarchitecture.md, section 6): packs the bits of each data word that `selected`
// names into its low end, in order, zeros above; all words under one control word. Combinational.
module bit_gather #(
    parameter int WIDTH = 64,  // a power of two, at least 2
    parameter int WORDS = 2
) (
    input  logic [WIDTH-1:0] selected,
    input  logic [WORDS*WIDTH-1:0] data,
    output logic [WORDS*WIDTH-1:0] packed_bits,
    output logic [$clog2(WIDTH):0] num_selected
);

  localparam int STAGES = $clog2(WIDTH);
  logic [STAGES*WIDTH-1:0] exchange;

  bit_gather_control #(.WIDTH(WIDTH)) control (.selected, .exchange, .num_selected);

  for (genvar word = 0; word < WORDS; word++) begin : g_word
    bit_gather_network #(.WIDTH(WIDTH)) network (
        .selected,
        .exchange,
        .data(data[word*WIDTH+:WIDTH]),
        .packed_bits(packed_bits[word*WIDTH+:WIDTH])
    );
  end

endmodule
