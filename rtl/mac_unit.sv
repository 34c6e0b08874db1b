// MAC unit (docs/microarchitecture.md, sections 7 and 10): multiplies intermediate elements with every
// tap of the basis kernel that they meet, MULTIPLIERS taps a cycle, and sends the products to the
// row's line buffer, which adds them in the same cycle. In direct mode elements are activations, and
// a weight buffer gives the kernel of their channel; those of a 1 x 1 kernel are summed up here.
//
// An element brings the window of outputs that it meets, which the block's address generator has
// made for all rows: the first kernel row and column it meets, how many of each, and where the
// output of that first tap stands. From tap to tap the kernel index rises by the stride and the
// output index falls by one, the line modulo the number of lines.
//
// The port of the weight buffer has WEIGHT_PORT bytes. If there are more multipliers, direct mode takes
// as many weights a cycle as come through it: an element takes as long as the model's, which multiplies
// first and then waits, and is finished in the same cycle. `busy` and `waits_for_weights` are the
// model's.
module mac_unit #(
    parameter int VALUE_BITS = 16,
    parameter int MULTIPLIERS = 5,
    parameter int KERNEL = 3,        // largest R and S
    parameter int LINE_BITS = 6,     // of a line's place in the line buffer
    parameter int COLUMN_BITS = 9,   // of an output's place in its line
    parameter int NUMBER_BITS = 12,  // of the running numbers of output rows, modulo 2^NUMBER_BITS
    parameter int TILE_BITS = 4,     // of the channel tiles of a pass
    parameter int CHANNEL_BITS = 8,  // of the channels of an entry
    parameter int WEIGHT_PORT = 8,   // bytes a cycle
    localparam bit NARROW_PORT = WEIGHT_PORT < MULTIPLIERS,
    localparam int WEIGHTS = NARROW_PORT ? WEIGHT_PORT : MULTIPLIERS,  // taken in a cycle
    localparam int TAP_BITS = $clog2(KERNEL + 1),
    localparam int INDEX_BITS = KERNEL > 1 ? $clog2(KERNEL * KERNEL) : 1,
    localparam int KERNEL_BITS = $clog2(2 * KERNEL * KERNEL),
    localparam int PRODUCT_BITS = VALUE_BITS + 8,
    localparam int COUNT_BITS = $clog2(MULTIPLIERS + 1),
    // {bank, tile, first row, rows, first column, columns, needs, last line, line, column}
    localparam int WINDOW_BITS =
        1 + TILE_BITS + 4 * TAP_BITS + NUMBER_BITS + 2 * LINE_BITS + COLUMN_BITS
) (
    input logic clk,
    input logic rst,

    // Of the layer.
    input logic [TAP_BITS-1:0] stride_h,
    input logic [TAP_BITS-1:0] stride_w,
    input logic                bypass,      // one tap of weight 1
    input logic                direct,
    input logic                one_by_one,  // R = S = 1

    // Basis kernels of both coefficient banks; an element says which is its own.
    input logic                  kernel_write,
    input logic                  kernel_bank,
    input logic [INDEX_BITS-1:0] kernel_index,  // r * KERNEL + s
    input logic [           7:0] kernel_weight,

    // Element queue. In direct mode an element is up to MULTIPLIERS activations in place of a value,
    // of one output if the kernel is 1 x 1, else at most one.
    input  logic                                        element_valid,
    output logic                                        element_ready,
    input  logic signed [               VALUE_BITS-1:0] element_value,
    input  logic        [               COUNT_BITS-1:0] element_count,
    input  logic        [            8*MULTIPLIERS-1:0] element_inputs,    // zero beyond the count
    input  logic        [CHANNEL_BITS*MULTIPLIERS-1:0] element_channels,
    input  logic                                        element_line_end,
    input  logic        [              WINDOW_BITS-1:0] element_window,

    // Weight buffer, read in the same cycle; the first WEIGHTS places are used.
    output logic [             MULTIPLIERS-1:0] weight_valid,
    output logic                                weight_bank,
    output logic [               TILE_BITS-1:0] weight_tile,
    output logic [CHANNEL_BITS*MULTIPLIERS-1:0] weight_channels,
    output logic [  INDEX_BITS*MULTIPLIERS-1:0] weight_taps,  // r * KERNEL + s
    input  logic [           8*MULTIPLIERS-1:0] weights,

    // Line buffer: additions of this cycle, and the running number of the oldest output row that the
    // slice merge has not read before this cycle.
    output logic [             MULTIPLIERS-1:0] add_valid,
    output logic [   MULTIPLIERS*LINE_BITS-1:0] add_lines,
    output logic [ MULTIPLIERS*COLUMN_BITS-1:0] add_columns,
    output logic [MULTIPLIERS*PRODUCT_BITS-1:0] add_products,
    input  logic [             NUMBER_BITS-1:0] unread,

    output logic busy,
    output logic waits_for_weights,
    output logic waits_for_line,
    output logic line_end_done  // the last cycle of a line end
);

  typedef struct packed {
    logic bank;
    logic [TILE_BITS-1:0] tile;
    logic [TAP_BITS-1:0] first_r;
    logic [TAP_BITS-1:0] rows;
    logic [TAP_BITS-1:0] first_s;
    logic [TAP_BITS-1:0] columns;
    logic [NUMBER_BITS-1:0] needs;  // `unread` that makes room for all outputs
    logic [LINE_BITS-1:0] last_line;
    logic [LINE_BITS-1:0] line;
    logic [COLUMN_BITS-1:0] column;
  } window_t;

  // The basis kernels, bank after bank.
  logic [7:0] kernel[2*KERNEL*KERNEL];
  always_ff @(posedge clk) begin
    if (kernel_write) begin
      kernel[KERNEL_BITS'((kernel_bank ? KERNEL * KERNEL : 0) + 32'(kernel_index))] <=
          kernel_weight;
    end
  end

  // Lines may be written once the merge has read what stood in them.
  window_t head;
  assign head = element_window;
  wire [NUMBER_BITS-1:0] missing = head.needs - unread;  // output rows to be read, if positive
  wire line_free = missing == '0 || missing[NUMBER_BITS-1];

  // The element in hand: that of the queue in its first cycle, one held after it.
  logic is_held;
  logic signed [VALUE_BITS-1:0] held_value;
  logic held_line_end;
  logic [TAP_BITS-1:0] held_first_s;
  logic [TAP_BITS-1:0] held_columns;
  logic [COLUMN_BITS-1:0] held_column;
  logic [LINE_BITS-1:0] held_last_line;
  logic held_bank;
  logic [TILE_BITS-1:0] held_tile;
  logic [CHANNEL_BITS-1:0] held_channel;
  assign element_ready = !is_held && line_free;
  assign waits_for_line = !is_held && element_valid && !line_free;
  wire pops = element_valid && element_ready;
  wire works = is_held || pops;  // on an element, as far as weights come
  wire reduces = direct && one_by_one;
  wire signed [VALUE_BITS-1:0] new_value =
      direct ? VALUE_BITS'(signed'(element_inputs[7:0])) : element_value;
  wire is_zero = direct ? element_count == '0 : element_value == '0;  // a line end without a tap
  wire signed [VALUE_BITS-1:0] value = is_held ? held_value : new_value;
  wire [CHANNEL_BITS-1:0] channel = is_held ? held_channel : element_channels[CHANNEL_BITS-1:0];
  wire line_end = is_held ? held_line_end : element_line_end;
  wire [TAP_BITS-1:0] first_s = is_held ? held_first_s : head.first_s;
  wire [TAP_BITS-1:0] columns = is_held ? held_columns : head.columns;
  wire [COLUMN_BITS-1:0] column = is_held ? held_column : head.column;
  wire bank = is_held ? held_bank : head.bank;
  assign weight_bank = bank;
  assign weight_tile = is_held ? held_tile : head.tile;

  // Activations of one output that are left to be summed up, and the sum so far. Only behind a narrow
  // port do they take more than a cycle.
  logic [COUNT_BITS-1:0] held_count;
  logic [8*MULTIPLIERS-1:0] held_inputs;
  logic [CHANNEL_BITS*MULTIPLIERS-1:0] held_channels;
  logic signed [PRODUCT_BITS-1:0] held_sum;
  wire is_reducing = NARROW_PORT && is_held;
  wire [COUNT_BITS-1:0] count = is_reducing ? held_count : element_count;
  wire [8*MULTIPLIERS-1:0] inputs = is_reducing ? held_inputs : element_inputs;
  wire [CHANNEL_BITS*MULTIPLIERS-1:0] channels = is_reducing ? held_channels : element_channels;
  wire is_last_sum = !NARROW_PORT || 32'(count) <= WEIGHTS;
  wire [31:0] first_weight = bank ? KERNEL * KERNEL : 0;
  wire [LINE_BITS-1:0] last_line = is_held ? held_last_line : head.last_line;

  // The element's next tap: rows and columns of its window left, this one counted, kernel index and
  // place of the output. Registers for the cycles after the first; every multiplier moves on by one.
  logic [TAP_BITS-1:0] rows_left, rows_left_held;
  logic [TAP_BITS-1:0] columns_left, columns_left_held;
  logic [TAP_BITS-1:0] r, r_held;
  logic [TAP_BITS-1:0] s, s_held;
  logic [LINE_BITS-1:0] to_line, to_line_held;
  logic [COLUMN_BITS-1:0] to_column, to_column_held;
  always_comb begin
    rows_left = head.rows;
    if (is_held) rows_left = rows_left_held;
    else if (is_zero) rows_left = '0;
    columns_left = is_held ? columns_left_held : head.columns;
    r = is_held ? r_held : head.first_r;
    s = is_held ? s_held : head.first_s;
    to_line = is_held ? to_line_held : head.line;
    to_column = is_held ? to_column_held : head.column;
    add_valid = '0;
    for (int i = 0; i < MULTIPLIERS; i++) begin
      add_lines[LINE_BITS*i+:LINE_BITS] = to_line;
      add_columns[COLUMN_BITS*i+:COLUMN_BITS] = to_column;
      weight_taps[INDEX_BITS*i+:INDEX_BITS] =
          reduces ? '0 : INDEX_BITS'(32'(r) * KERNEL + 32'(s));
      if (rows_left != '0 && (!direct || i < WEIGHTS) && (!reduces || is_last_sum)) begin
        add_valid[i] = works;
        if (columns_left != TAP_BITS'(1)) begin
          columns_left = columns_left - 1'b1;
          s = s + stride_w;
          to_column = to_column - 1'b1;
        end else begin
          rows_left = rows_left - 1'b1;
          columns_left = columns;
          s = first_s;
          to_column = column;
          r = r + stride_h;
          to_line = to_line == '0 ? last_line : to_line - 1'b1;
        end
      end
    end
  end
  wire is_done = rows_left == '0;

  // The products, and in direct mode their sum if they are of one output.
  logic signed [PRODUCT_BITS-1:0] sum;
  for (genvar i = 0; i < MULTIPLIERS; i++) begin : g_multiplier
    wire [INDEX_BITS-1:0] tap = weight_taps[INDEX_BITS*i+:INDEX_BITS];
    wire signed [7:0] weight =
        direct ? weights[8*i+:8] : kernel[KERNEL_BITS'(first_weight + 32'(tap))];
    wire signed [VALUE_BITS-1:0] factor =
        reduces ? VALUE_BITS'(signed'(inputs[8*i+:8])) : value;
    wire signed [PRODUCT_BITS-1:0] product = bypass ? PRODUCT_BITS'(factor) : factor * weight;
    wire signed [PRODUCT_BITS-1:0] so_far;
    if (i == 0) begin : g_first
      assign so_far = is_reducing ? held_sum + product : product;
      assign add_products[0+:PRODUCT_BITS] = reduces ? sum : product;
    end else begin : g_next
      assign so_far = i < WEIGHTS ? g_multiplier[i-1].so_far + product : g_multiplier[i-1].so_far;
      assign add_products[PRODUCT_BITS*i+:PRODUCT_BITS] = product;
    end
    assign weight_valid[i] =
        direct & (reduces ? i < WEIGHTS && works && 32'(count) > i : add_valid[i]);
    assign weight_channels[CHANNEL_BITS*i+:CHANNEL_BITS] =
        reduces ? channels[CHANNEL_BITS*i+:CHANNEL_BITS] : channel;
  end
  assign sum = g_multiplier[MULTIPLIERS-1].so_far;
  assign line_end_done = works && is_done && line_end;

  // How many taps are left at MULTIPLIERS a cycle: once there are none, what goes on is waiting.
  localparam int TAPS_BITS = 2 * TAP_BITS > COUNT_BITS ? 2 * TAP_BITS : COUNT_BITS;
  logic [TAPS_BITS-1:0] held_taps;
  wire [TAPS_BITS-1:0] new_taps =
      reduces ? TAPS_BITS'(element_count) : TAPS_BITS'(head.rows) * TAPS_BITS'(head.columns);
  wire [TAPS_BITS-1:0] taps = is_held ? held_taps : new_taps;
  wire is_waiting = NARROW_PORT && direct && is_held && held_taps == '0;
  assign busy = works && !is_waiting;
  assign waits_for_weights = works && is_waiting;

  always_ff @(posedge clk) begin
    if (rst) is_held <= 1'b0;
    else is_held <= works && !is_done;
    if (pops) begin
      held_value <= new_value;
      held_channel <= element_channels[CHANNEL_BITS-1:0];
      held_tile <= head.tile;
      held_line_end <= element_line_end;
      held_first_s <= head.first_s;
      held_columns <= head.columns;
      held_column <= head.column;
      held_last_line <= head.last_line;
      held_bank <= head.bank;
    end
    held_taps <= 32'(taps) > MULTIPLIERS ? taps - TAPS_BITS'(MULTIPLIERS) : '0;
    held_count <= count - COUNT_BITS'(WEIGHTS);
    held_inputs <= inputs >> (8 * WEIGHTS);
    held_channels <= channels >> (CHANNEL_BITS * WEIGHTS);
    held_sum <= sum;
    rows_left_held <= rows_left;
    columns_left_held <= columns_left;
    r_held <= r;
    s_held <= s;
    to_line_held <= to_line;
    to_column_held <= to_column;
  end

endmodule
