"""The CGCS2000 ellipsoid and the constants of the area rule, digit for digit as given.

Source: 《图斑椭球面积计算公式及要求》 (国土调查办发〔2008〕32号), with the values that the
products of the third national survey use for CGCS2000. They are kept as given, though an exact
refit of K0 differs by 8e-12 of itself (0.1 mm in the latitude, nothing in an area): the legal
figure is the one that everybody gets with these digits.
"""

# Semi-minor axis b and polar radius of curvature c = a2/b, metres.
B_M = 6356752.31414036
C_M = 6399593.62586
# First and second eccentricity, squared.
E2 = 0.00669438002290
E2_SECOND = 0.00673949677548
# Arc-seconds in a radian.
RHO = 206264.8062471

# Gauss inverse: latitude of the foot point from the length of the meridian.
K0 = 1.57048761144159e-07
K1 = 5.05250178820567e-03
K2 = 2.98472900956587e-05
K3 = 2.41626669230084e-07
K4 = 2.22241238938534e-09

# Area of an ellipsoidal trapezoid: the coefficients A to E of its series in e2.
A = 1 + 3 / 6 * E2 + 30 / 80 * E2**2 + 35 / 112 * E2**3 + 630 / 2304 * E2**4
B = 1 / 6 * E2 + 15 / 80 * E2**2 + 21 / 112 * E2**3 + 420 / 2304 * E2**4
C = 3 / 80 * E2**2 + 7 / 112 * E2**3 + 180 / 2304 * E2**4
D = 1 / 112 * E2**3 + 45 / 2304 * E2**4
E = 5 / 2304 * E2**4
